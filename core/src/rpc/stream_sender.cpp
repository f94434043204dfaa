// SPDX-License-Identifier: MPL-2.0
#include "rpc/stream_sender.hpp"

#include <utility>

namespace kith::rpc {

stream_sender::~stream_sender() {
  wait_for_room(false);
  if (done_ && !ending_) {
    items_.drop(ledger::drop_reason::cancelled);
  }
}

operation<void> stream_sender::room_to_end() {
  return operation<void>{[this](completion done) -> unique_function<void()> {
    ending_ = true;
    done_ = std::move(done);
    send();
    return [this] { stop_waiting(); };
  }};
}

void stream_sender::accept() {
  if (auto* const out = shared_.hub.writer_of(to_); out != nullptr) {
    // Without room for it, the first item says the same.
    static_cast<void>(out->write(wire::credit{id_, 0}));
  }
}

void stream_sender::write(std::string item, completion done) {
  ++items_.sent;
  items_.sent_bytes += item.size();
  if (done_) {
    items_.drop(ledger::drop_reason::refused);
    done(fail(errc::failed_precondition, "the item before has not been written yet"));
    return;
  }
  item_ = std::move(item);
  done_ = std::move(done);
  send();
}

/// The item that waits, if there is credit and room; or the end, which needs no credit.
void stream_sender::send() {
  if (credit_.left() == 0 && !ending_) {
    return;
  }
  auto* const out = shared_.hub.writer_of(to_);
  if (out == nullptr) {
    finish(ledger::drop_reason::no_session, {errc::cancelled, "the caller went away"});
    return;
  }
  if (out->is_full(item_.size())) {
    wait_for_room(true);
    return;
  }
  if (ending_) {
    take()({});
    return;
  }
  const auto size = item_.size();
  auto written = out->write(wire::item{id_, {}}, item_);
  if (!written) {
    finish(ledger::drop_reason::too_large, std::move(written.error()));
    return;
  }
  credit_.spend();
  ++items_.delivered;
  items_.delivered_bytes += size;
  take()({});
}

void stream_sender::on_credit(std::uint32_t count) {
  credit_.grant(count);
  if (done_ && !for_room_) {
    send();
  }
}

void stream_sender::on_room() {
  if (for_room_) {
    wait_for_room(false);
    send();
  }
}

void stream_sender::stop_waiting() {
  if (done_) {
    finish(ledger::drop_reason::cancelled, {errc::cancelled, "the stream was cancelled"});
  }
}

void stream_sender::finish(ledger::drop_reason reason, error why) {
  if (!ending_) {
    items_.drop(reason);
  }
  take()(tl::make_unexpected(std::move(why)));
}

detail::outgoing_stream::completion stream_sender::take() noexcept {
  wait_for_room(false);
  item_.clear();
  return std::exchange(done_, {});
}

void stream_sender::wait_for_room(bool wait) noexcept {
  if (for_room_ != wait) {
    for_room_ = wait;
    wait ? ++shared_.for_room : --shared_.for_room;
  }
}

}  // namespace kith::rpc
