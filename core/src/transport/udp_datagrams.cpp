// SPDX-License-Identifier: MPL-2.0
#include "transport/udp_datagrams.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <asio/posix/stream_descriptor.hpp>

#include "transport/multicast_socket.hpp"

namespace kith::transport {
namespace {

constexpr std::size_t datagrams_per_turn = 64;

class udp_datagrams final : public datagram_port,
                            public std::enable_shared_from_this<udp_datagrams> {
 public:
  udp_datagrams(std::shared_ptr<zmq_scope> scope, datagram_handler handler)
      : scope_{std::move(scope)}, handler_{std::move(handler)} {}

  void open(const datagram_options& options) {
    for (const network_interface& on : usable_interfaces(options.loopback_only)) {
      auto joined = join_group(on, options);
      const bool v4 = on.family == AF_INET;
      if (!joined) {
        lines_.push_back(on.name + (v4 ? ": IPv4: " : ": IPv6: ") + joined.error().message);
        continue;
      }
      lines_.push_back(on.name + ": " + (v4 ? options.group_v4 : "[" + options.group_v6 + "]") +
                       ":" + std::to_string(options.port));
      sockets_.push_back(std::make_unique<socket>(scope_->loop.context(), *joined));
    }
    for (const auto& one : sockets_) {
      arm(*one);
    }
  }

  [[nodiscard]] bool deaf() const noexcept { return sockets_.empty(); }
  [[nodiscard]] std::vector<std::string> interfaces() const override { return lines_; }

  void send(byte_view datagram) override {
    for (const auto& one : sockets_) {
      const auto sent =
          ::sendto(one->group.fd, datagram.data(), datagram.size(), MSG_DONTWAIT,
                   reinterpret_cast<const sockaddr*>(&one->group.group), one->group.group_size);
      if (sent >= 0) {
        ++scope_->counters.datagrams_sent;
        continue;
      }
      ++scope_->counters.datagrams_dropped;
      if (!std::exchange(one->complained, true)) {
        scope_->say(log_level::warning,
                    "cannot send beacons on " + one->group.interface + ": " + std::strerror(errno));
      }
    }
  }

  void close() noexcept { sockets_.clear(); }

 private:
  struct socket {
    socket(asio::io_context& context, const multicast_socket& joined)
        : group{joined}, descriptor{context, joined.fd} {}
    multicast_socket group;
    asio::posix::stream_descriptor descriptor;  // owns the fd
    bool complained = false;
  };

  void arm(socket& one) {
    one.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                              [weak = weak_from_this(), &one](const asio::error_code& failed) {
                                const auto self = weak.lock();
                                if (!failed && self && !self->deaf() && !self->scope_->stopped) {
                                  self->scope_->loop.enter([&] { self->read(one); });
                                }
                              });
  }

  void read(socket& one) {
    std::array<char, max_datagram_octets + 1> buffer;
    for (std::size_t n = 0; n < datagrams_per_turn; ++n) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      const auto octets = ::recvfrom(one.group.fd, buffer.data(), buffer.size(), MSG_DONTWAIT,
                                     reinterpret_cast<sockaddr*>(&from), &size);
      if (octets < 0) {
        break;
      }
      ++scope_->counters.datagrams_received;
      handler_(source_of(from, size), {buffer.data(), static_cast<std::size_t>(octets)});
      if (deaf() || scope_->stopped) {
        return;  // closed by its own handler
      }
    }
    arm(one);
  }

  std::shared_ptr<zmq_scope> scope_;
  datagram_handler handler_;
  std::vector<std::unique_ptr<socket>> sockets_;
  std::vector<std::string> lines_;
};

/// What the layer above owns. Letting go of it closes the sockets, also from inside the handler.
class handle final : public datagram_port {
 public:
  explicit handle(std::shared_ptr<udp_datagrams> port) : port_{std::move(port)} {}
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() override { port_->close(); }
  void send(byte_view datagram) override { port_->send(datagram); }
  [[nodiscard]] std::vector<std::string> interfaces() const override { return port_->interfaces(); }

 private:
  std::shared_ptr<udp_datagrams> port_;
};

}  // namespace

result<std::unique_ptr<datagram_port>> open_udp_datagrams(std::shared_ptr<zmq_scope> scope,
                                                          const datagram_options& options,
                                                          datagram_handler handler) {
  auto port = std::make_shared<udp_datagrams>(std::move(scope), std::move(handler));
  port->open(options);
  if (port->deaf()) {
    std::string why = "no interface can be used for multicast";
    for (const std::string& line : port->interfaces()) {
      why += "; " + line;
    }
    return fail(errc::io_error, why);
  }
  return std::make_unique<handle>(std::move(port));
}

}  // namespace kith::transport
