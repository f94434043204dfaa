// SPDX-License-Identifier: MPL-2.0
#include "peers/packet_writer.hpp"

#include <utility>

namespace kith::peers {

result<void> packet_writer::check_room(std::size_t body) const {
  if (body > bounds_.message_bytes) {
    return fail(errc::too_large, "a body of " + std::to_string(body) +
                                     " bytes is over the limit of " +
                                     std::to_string(bounds_.message_bytes) +
                                     "; raise message_bytes on both sides, or send less");
  }
  // While the transport takes everything, nothing waits here and the check costs one comparison.
  if (!waiting_.empty() && queued_bytes() + out_.unsent_bytes(link_) + body > budget_) {
    return fail(errc::queue_full, "the queue to the peer holds " + std::to_string(queued_bytes()) +
                                      " bytes unsent; its budget is " + std::to_string(budget_));
  }
  return {};
}

void packet_writer::count_refused(const error& why) noexcept {
  counters_->refuse(why.what() == errc::too_large ? ledger::drop_reason::too_large
                                                  : ledger::drop_reason::queue_full);
}

void packet_writer::count_in(ledger::flow& counters) noexcept {
  counters_->sent -= in_flight();
  counters_ = &counters;
  counters_->sent += in_flight();
}

bytes& packet_writer::head() {
  if (building_.head.empty()) {
    building_.head = out_.blank();
  }
  return building_.head;
}

result<std::uint64_t> packet_writer::written() {
  ++last_;
  ++counters_->sent;
  if (building_.body || building_.head.size() >= bounds_.packet_bytes) {
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
    const auto size = next.what.size();
    status = hand_over(next.what, next.last);
    if (status == transport::send_status::sent) {
      queued_bytes_ -= size;
      waiting_.pop_front();
    }
  }
  if (!building_.head.empty()) {
    if (waiting_.empty()) {
      status = hand_over(building_, last_);
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
}

transport::send_status packet_writer::hand_over(transport::packet& what, std::uint64_t last) {
  const auto size = what.size();
  const auto status = out_.send(link_, std::move(what));
  if (status == transport::send_status::sent) {
    counters_->sent_bytes += size;
    counters_->delivered_bytes += size;
    counters_->delivered += last - settled_;
    settled_ = taken_ = last;
  }
  return status;
}

void packet_writer::let_wait() {
  queued_bytes_ += building_.size();
  waiting_.push_back({std::exchange(building_, {}), last_});
}

void packet_writer::drop_waiting() {
  counters_->drop(ledger::drop_reason::unroutable, waiting_.back().last - settled_);
  settled_ = waiting_.back().last;
  waiting_.clear();
  queued_bytes_ = 0;
}

}  // namespace kith::peers
