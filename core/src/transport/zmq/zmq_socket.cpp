// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_socket.hpp"

#include <zmq.h>
#include <asio/post.hpp>

#include "base/scope_exit.hpp"

namespace kith::transport {

result<std::shared_ptr<zmq_socket>> zmq_socket::open(runtime::asio_loop& loop,
                                                     const zmq_context& context, int type) {
  void* const handle = ::zmq_socket(context.handle(), type);
  if (handle == nullptr) {
    return fail(errc::io_error, "cannot open one more ZeroMQ socket: " + zmq_reason());
  }
  auto made = std::make_shared<zmq_socket>(loop, handle);
  if (!made->set(ZMQ_LINGER, 0)) {
    return fail(errc::io_error, "cannot set up a ZeroMQ socket: " + zmq_reason());
  }
  return made;
}

zmq_socket::~zmq_socket() {
  close(0);
}

bool zmq_socket::is_readable() const noexcept {
  int events = 0;
  std::size_t size = sizeof events;
  return handle_ != nullptr && zmq_getsockopt(handle_, ZMQ_EVENTS, &events, &size) == 0 &&
         (events & ZMQ_POLLIN) != 0;
}

bool zmq_socket::set(int option, int value) noexcept {
  return zmq_setsockopt(handle_, option, &value, sizeof value) == 0;
}

bool zmq_socket::set(int option, std::int64_t value) noexcept {
  return zmq_setsockopt(handle_, option, &value, sizeof value) == 0;
}

bool zmq_socket::set(int option, std::string_view value) noexcept {
  return zmq_setsockopt(handle_, option, value.data(), value.size()) == 0;
}

void zmq_socket::watch(reader readable) {
  readable_ = std::move(readable);
  int fd = -1;
  std::size_t size = sizeof fd;
  zmq_getsockopt(handle_, ZMQ_FD, &fd, &size);
  descriptor_ = std::make_unique<asio::posix::stream_descriptor>(loop_.context(), fd);
  visit_later();
}

void zmq_socket::arm() {
  if (armed_ || descriptor_ == nullptr) {
    return;
  }
  armed_ = true;
  descriptor_->async_wait(asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this()](const asio::error_code& failed) {
                            const auto self = weak.lock();
                            if (failed || !self) {
                              return;
                            }
                            self->armed_ = false;
                            self->loop_.enter([&self] { self->visit(); });
                          });
}

void zmq_socket::visit() {
  if (handle_ == nullptr) {
    return;
  }
  bool more = true;  // what a reader that throws has left there is read in a turn of its own
  const scope_exit watch_on{[this, &more] {
    if (more) {
      visit_later();
    } else if (handle_ != nullptr) {
      arm();
    }
  }};
  more = is_readable() && readable_();
}

void zmq_socket::visit_later() {
  // Not loop.post: that would be this turn again, and other sockets and timers would wait.
  if (std::exchange(coming_back_, true)) {
    return;
  }
  asio::post(loop_.context(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->coming_back_ = false;
      self->loop_.enter([&self] { self->visit(); });
    }
  });
}

bool zmq_socket::has_unread() {
  check();  // to ask takes the descriptor's signal away
  return is_readable();
}

void zmq_socket::check() {
  if (std::exchange(checking_, true)) {
    return;
  }
  loop_.at_turn_end([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->handle_ == nullptr) {
      return;
    }
    self->checking_ = false;
    if (self->is_readable()) {
      self->visit_later();
    }
  });
}

void zmq_socket::close(int linger_ms) noexcept {
  if (handle_ == nullptr) {
    return;
  }
  if (descriptor_ != nullptr) {
    descriptor_->release();
  }
  static_cast<void>(set(ZMQ_LINGER, linger_ms));  // refused, it is 0 as from the start
  zmq_close(std::exchange(handle_, nullptr));
}

}  // namespace kith::transport
