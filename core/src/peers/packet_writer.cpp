// SPDX-License-Identifier: MPL-2.0
#include "peers/packet_writer.hpp"

#include <algorithm>
#include <utility>

namespace kith::peers {

result<void> packet_writer::check_room(std::size_t body) const {
  if (body > bounds_.message_bytes) {
    return fail(errc::too_large, "a body of " + std::to_string(body) +
                                     " octets is over the limit of " +
                                     std::to_string(bounds_.message_bytes) +
                                     "; raise message_bytes on both sides, or send less");
  }
  // While the transport takes everything, nothing waits here and the check costs one comparison.
  if (holds_over(std::max(budget_, filled_) + budget_ / 4, body)) {
    return fail(errc::queue_full, "the queue to the peer holds " + std::to_string(queued_bytes()) +
                                      " octets unsent; its budget is " + std::to_string(budget_));
  }
  return {};
}

void packet_writer::count_refused(const error& why) {
  ++counters_->sent;
  drop(why.what() == errc::too_large ? ledger::drop_reason::too_large
                                     : ledger::drop_reason::queue_full,
       1);
}

void packet_writer::drop(ledger::drop_reason why, std::uint64_t count) {
  if (count > 0) {
    counters_->drop(why, count);
    out_.count_drops(link_, why, count);
  }
}

void packet_writer::count_in(ledger::flow& counters) noexcept {
  counters_->sent -= in_flight();
  counters_ = &counters;
  counters_->sent += in_flight();
}

bool packet_writer::confirm(std::uint64_t read) noexcept {
  const auto believed = std::min(read, counted_taken_ - given_up_);
  if (believed > confirmed_) {
    counters_->delivered += believed - confirmed_;
    confirmed_ = believed;
  }
  return read <= counted_taken_;
}

void packet_writer::give_up_untaken() {
  drop(ledger::drop_reason::peer_lost, last_ - settled_);
  settled_ = last_;
  counted_ = counted_taken_;
  waiting_.clear();
  building_ = {};
  queued_bytes_ = filled_ = 0;
}

void packet_writer::give_up_unconfirmed() {
  drop(ledger::drop_reason::peer_lost, take_unconfirmed());
}

std::uint64_t packet_writer::take_unconfirmed() noexcept {
  const auto taken = unconfirmed();
  given_up_ += taken;
  return taken;
}

result<std::uint64_t> packet_writer::written(bool is_counted) {
  ++last_;
  counted_ += is_counted ? 1 : 0;
  ++counters_->sent;
  if (building_.size() >= bounds_.packet_bytes) {
    send_all();
  } else if (!announced_) {
    announced_ = true;
    on_work_();
  }
  return last_;
}

void packet_writer::flush() {
  announced_ = false;
  send_all();
}

/// What waits, in order, and then what is being built, which mostly waits for nothing.
void packet_writer::send_all() {
  auto status = transport::send_status::sent;
  while (!waiting_.empty() && status == transport::send_status::sent) {
    auto& next = waiting_.front();
    const auto size = next.packet.size();
    status = hand_over(next.packet, next.last, next.counted);
    if (status == transport::send_status::sent) {
      queued_bytes_ -= size;
      waiting_.pop_front();
    }
  }
  if (!building_.empty()) {
    if (waiting_.empty()) {
      status = hand_over(building_, last_, counted_);
    }
    if (status == transport::send_status::sent) {
      building_ = {};
    } else {
      let_wait();
    }
  }
  if (status != transport::send_status::sent && status != transport::send_status::full) {
    drop_waiting();  // its connection is gone: nobody will ever read this
  }                  // else on_writable flushes again
  filled_ = waiting_.empty() ? 0 : filled_;
}

transport::send_status packet_writer::hand_over(bytes& packet, std::uint64_t last,
                                                std::uint64_t counted) {
  const auto size = packet.size();
  const auto status = out_.send(link_, std::move(packet));
  if (status == transport::send_status::sent) {
    counters_->sent_bytes += size;
    counters_->delivered_bytes += size;
    const auto unconfirmed = expects_counts_ ? counted - counted_taken_ : 0;
    counters_->delivered += last - settled_ - unconfirmed;
    settled_ = taken_ = last;
    counted_taken_ = counted;
    confirmed_ = expects_counts_ ? confirmed_ : counted;
  }
  return status;
}

void packet_writer::let_wait() {
  queued_bytes_ += building_.size();
  waiting_.push_back({std::exchange(building_, {}), last_, counted_});
}

void packet_writer::drop_waiting() {
  drop(ledger::drop_reason::unroutable, waiting_.back().last - settled_);
  settled_ = waiting_.back().last;
  counted_ = counted_taken_;
  waiting_.clear();
  queued_bytes_ = 0;
}

}  // namespace kith::peers
