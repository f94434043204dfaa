// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/send_account.hpp"

#include <cerrno>

#include <zmq.h>

namespace kith::transport {
namespace {

extern "C" void release(void* /*data*/, void* hint) {
  std::unique_ptr<frame_in_transit> frame{static_cast<frame_in_transit*>(hint)};
  frame->account->give_back(frame->size);
  const auto buffers = frame->account->buffers();
  buffers->put(std::move(frame));
}

// Gives the octets back to `data` when libzmq does not take them.
bool send_frame(void* socket, const std::shared_ptr<send_account>& account, bytes& data) {
  auto frame = std::make_unique<frame_in_transit>(frame_in_transit{std::move(data), account, 0});
  frame->size = frame->data.size();
  account->take(frame->size);
  auto* const held = frame.release();
  zmq_msg_t message;
  zmq_msg_init_data(&message, held->data.data(), held->size, &release, held);
  if (zmq_msg_send(&message, socket, ZMQ_DONTWAIT) >= 0) {
    return true;
  }
  const int reason = zmq_errno();
  data = std::move(held->data);
  zmq_msg_close(&message);
  errno = reason;
  return false;
}

send_status why_not(send_account& account) noexcept {
  switch (zmq_errno()) {
    case EAGAIN: account.want_room(); return send_status::full;
    case EHOSTUNREACH: return send_status::unroutable;
    default: return send_status::closed;
  }
}

}  // namespace

send_account::send_account(std::size_t budget_bytes, std::size_t most_packets,
                           std::shared_ptr<runtime::mailbox> home, room_notice room,
                           std::shared_ptr<buffer_pool> buffers)
    : budget_bytes_{budget_bytes},
      most_packets_{most_packets},
      home_{std::move(home)},
      room_{std::move(room)},
      buffers_{std::move(buffers)} {}

bool send_account::admits(std::size_t size) noexcept {
  const auto unsent = bytes_.load();
  if (packets_.load() < most_packets_ && (unsent == 0 || unsent + size <= budget_bytes_)) {
    return true;
  }
  want_room();
  return false;
}

void send_account::want_room() noexcept {
  wanted_.store(true);
  // All may have left between the look and the wish.
  if (has_room() && wanted_.exchange(false)) {
    tell();
  }
}

bool send_account::has_room() const noexcept {
  return bytes_.load() <= budget_bytes_ / 2 && packets_.load() <= most_packets_ / 2;
}

void send_account::take(std::size_t octets) noexcept {
  bytes_.fetch_add(octets);
  packets_.fetch_add(1);
}

void send_account::give_back(std::size_t octets) noexcept {
  bytes_.fetch_sub(octets);
  packets_.fetch_sub(1);
  if (wanted_.load() && has_room() && wanted_.exchange(false)) {
    tell();
  }
}

void send_account::tell() {
  home_->post(room_());
}

send_status send_packet(void* socket, const std::shared_ptr<send_account>& account, bytes&& packet,
                        const bytes* routing_id) {
  if (!account->admits(packet.size())) {
    return send_status::full;
  }
  if (routing_id != nullptr &&
      zmq_send(socket, routing_id->data(), routing_id->size(), ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
    return why_not(*account);
  }
  return send_frame(socket, account, packet) ? send_status::sent : why_not(*account);
}

}  // namespace kith::transport
