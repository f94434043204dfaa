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

result<std::uint64_t> packet_writer::written() {
  ++last_;
  ++counters_->sent;
  if (building_.body || building_.head.size() >= bounds_.packet_bytes) {
    end_packet();
    send_waiting();
  } else if (!announced_) {
    announced_ = true;
    on_work_();
  }
  return last_;
}

void packet_writer::end_packet() {
  if (building_.head.empty()) {
    return;
  }
  queued_bytes_ += building_.size();
  waiting_.push_back({std::exchange(building_, {}), last_});
}

void packet_writer::send_waiting() {
  while (!waiting_.empty()) {
    auto& next = waiting_.front();
    const auto size = next.what.size();
    const auto status = out_.send(link_, std::move(next.what));
    if (status == transport::send_status::full) {
      return;  // on_writable flushes again
    }
    if (status != transport::send_status::sent) {
      drop_waiting();  // its connection is gone: nobody will ever read this
      return;
    }
    queued_bytes_ -= size;
    counters_->sent_bytes += size;
    counters_->delivered_bytes += size;
    counters_->delivered += next.last - settled_;
    settled_ = taken_ = next.last;
    waiting_.pop_front();
  }
}

void packet_writer::drop_waiting() {
  counters_->drop(ledger::drop_reason::unroutable, waiting_.back().last - settled_);
  settled_ = waiting_.back().last;
  waiting_.clear();
  queued_bytes_ = 0;
}

void packet_writer::flush() {
  announced_ = false;
  end_packet();
  send_waiting();
}

}  // namespace kith::peers
