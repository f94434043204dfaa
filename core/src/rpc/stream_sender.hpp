// SPDX-License-Identifier: MPL-2.0
#pragma once

// One stream at its writer: at most one item waits here, for credit or for room on the link.

#include <cstddef>
#include <cstdint>
#include <string>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "peers/hub.hpp"
#include "rpc/stream_credit.hpp"

namespace kith::rpc {

/// What the streams of one server share.
struct stream_outflow {
  peers::hub& hub;
  std::size_t for_room = 0;  ///< streams that wait for room on their link
};

class stream_sender final : public detail::outgoing_stream {
 public:
  stream_sender(stream_outflow& shared, peers::session_id to, std::uint64_t id,
                std::uint32_t window, ledger::flow& items)
      : shared_{shared}, to_{to}, id_{id}, credit_{window}, items_{items} {}
  stream_sender(const stream_sender&) = delete;
  stream_sender& operator=(const stream_sender&) = delete;
  ~stream_sender();

  /// Says that the stream has begun.
  void accept();

  /// `co_await` ends when there is room for the stream's end: unlike a call's, it must arrive. No
  /// item is written any more.
  [[nodiscard]] operation<void> room_to_end();

  // detail::outgoing_stream
  void write(std::string item, completion done) override;
  void stop_waiting() override;
  [[nodiscard]] place where() const noexcept override {
    return {static_cast<std::uint64_t>(to_), id_};
  }

  // These may end the handler, and with it this object.
  void on_credit(std::uint32_t count);
  void on_room();

 private:
  void send();
  void wait_for_room(bool wait) noexcept;
  void finish(ledger::drop_reason reason, error why);
  completion take() noexcept;

  stream_outflow& shared_;
  peers::session_id to_;
  std::uint64_t id_;
  send_credit credit_;
  ledger::flow& items_;
  std::string item_;
  completion done_;  ///< of the item that waits, or of the end
  bool ending_ = false;
  bool for_room_ = false;
};

}  // namespace kith::rpc
