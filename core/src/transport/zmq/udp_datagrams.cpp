// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/udp_datagrams.hpp"

#include <net/if.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <asio/posix/stream_descriptor.hpp>

#include "base/scope_exit.hpp"
#include "transport/multicast_socket.hpp"

namespace kith::transport {
namespace {

constexpr std::size_t datagrams_per_turn = 64;
constexpr duration look_interval = std::chrono::seconds{2};

class udp_datagrams final : public datagram_port,
                            public std::enable_shared_from_this<udp_datagrams> {
 public:
  udp_datagrams(std::shared_ptr<zmq_scope> scope, datagram_handler handler)
      : scope_{std::move(scope)}, handler_{std::move(handler)} {}

  void open(const datagram_options& options) {
    options_ = options;
    join_new();
    if (!deaf() && !options.loopback_only) {
      look_again_later();
    }
  }

  [[nodiscard]] bool deaf() const noexcept { return sockets_.empty(); }
  [[nodiscard]] bool port_taken() const noexcept { return port_taken_; }
  [[nodiscard]] std::vector<std::string> interfaces() const override {
    std::vector<std::string> lines;
    for (const auto& one : sockets_) {
      lines.push_back(one->line);
    }
    lines.insert(lines.end(), failures_.begin(), failures_.end());
    return lines;
  }

  std::size_t send(byte_view datagram) override {
    std::size_t left = 0;
    for (const auto& one : sockets_) {
      const auto sent =
          ::sendto(one->group.fd, datagram.data(), datagram.size(), MSG_DONTWAIT,
                   reinterpret_cast<const sockaddr*>(&one->group.group), one->group.group_size);
      if (sent >= 0) {
        ++scope_->counters.datagrams_sent;
        scope_->counters.datagram_octets_sent += datagram.size();
        ++left;
        continue;
      }
      ++scope_->counters.datagrams_dropped;
      if (!std::exchange(one->complained, true)) {
        scope_->say(log_level::warning,
                    "cannot send beacons on " + one->group.interface + ": " + std::strerror(errno));
      }
    }
    return left;
  }

  void close() noexcept {
    scope_->loop.cancel(std::exchange(timer_, runtime::timer_id::none));
    sockets_.clear();
  }

 private:
  struct socket {
    socket(asio::io_context& context, const network_interface& where,
           const multicast_socket& joined)
        : on{where}, group{joined}, descriptor{context, joined.fd} {}
    network_interface on;
    multicast_socket group;
    asio::posix::stream_descriptor descriptor;  // owns the fd
    std::string line;                           // for people
    bool complained = false;
  };

  [[nodiscard]] bool has_joined(const network_interface& on) const {
    return std::any_of(sockets_.begin(), sockets_.end(), [&](const auto& one) {
      return is_same_card(one->on, on) &&
             std::memcmp(&one->on.address, &on.address, sizeof on.address) == 0;
    });
  }

  static bool is_same_card(const network_interface& a, const network_interface& b) noexcept {
    return a.index == b.index && a.family == b.family;
  }

  static bool has_v6(const std::vector<network_interface>& usable, unsigned index) {
    return std::any_of(usable.begin(), usable.end(), [&](const network_interface& one) {
      return one.index == index && one.family == AF_INET6;
    });
  }

  /// Joins on what is up and was not, or has another address now; leaves what is there no more. A
  /// card that is only down keeps its socket, which works again as soon as the card does.
  void join_new() {
    failures_.clear();
    const auto usable = usable_interfaces(options_.loopback_only);
    for (const network_interface& on : usable) {
      if (on.family == AF_INET && !has_v6(usable, on.index)) {
        failures_.push_back(on.name + ": IPv6: it has no address");
      }
      if (has_joined(on)) {
        continue;
      }
      auto joined = join_group(on, options_);
      const bool v4 = on.family == AF_INET;
      if (!joined) {
        port_taken_ = port_taken_ || joined.error().what() == errc::address_in_use;
        failures_.push_back(on.name + (v4 ? ": IPv4: " : ": IPv6: ") + joined.error().message);
        continue;
      }
      std::erase_if(sockets_, [&](const auto& one) { return is_same_card(one->on, on); });
      sockets_.push_back(std::make_shared<socket>(scope_->loop.context(), on, *joined));
      sockets_.back()->line = on.name + ": " +
                              (v4 ? options_.group_v4 : "[" + options_.group_v6 + "]") + ":" +
                              std::to_string(options_.port);
      arm(sockets_.back());
      if (timer_ != runtime::timer_id::none) {  // not at the start, which tells of all of them
        scope_->say(log_level::info, "beacons on " + sockets_.back()->line + " too");
      }
    }
    std::erase_if(sockets_, [](const auto& one) {
      std::array<char, IF_NAMESIZE> name{};
      return ::if_indextoname(one->on.index, name.data()) == nullptr;
    });
  }

  void look_again_later() {
    timer_ = scope_->loop.after(look_interval, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && !self->deaf() && !self->scope_->stopped) {
        self->join_new();
        self->look_again_later();
      }
    });
  }

  void arm(const std::shared_ptr<socket>& one) {
    one->descriptor.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [weak = weak_from_this(), which = std::weak_ptr{one}](const asio::error_code& failed) {
          const auto self = weak.lock();
          const auto still = which.lock();
          if (!failed && self && still && !self->scope_->stopped) {
            self->scope_->loop.enter([&] { self->read(still); });
          }
        });
  }

  void read(const std::shared_ptr<socket>& one) {
    const scope_exit watch_on{[&] {  // also when the handler throws; unless it has closed this
      if (!deaf() && !scope_->stopped) {
        arm(one);
      }
    }};
    std::array<char, max_datagram_octets + 1> buffer;
    for (std::size_t n = 0; n < datagrams_per_turn; ++n) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      const auto octets = ::recvfrom(one->group.fd, buffer.data(), buffer.size(), MSG_DONTWAIT,
                                     reinterpret_cast<sockaddr*>(&from), &size);
      if (octets < 0) {
        break;
      }
      ++scope_->counters.datagrams_received;
      scope_->counters.datagram_octets_received += static_cast<std::uint64_t>(octets);
      handler_(source_of(from, size), {buffer.data(), static_cast<std::size_t>(octets)});
      if (deaf() || scope_->stopped) {
        return;  // closed by its own handler
      }
    }
  }

  std::shared_ptr<zmq_scope> scope_;
  datagram_handler handler_;
  datagram_options options_;
  std::vector<std::shared_ptr<socket>> sockets_;
  std::vector<std::string> failures_;
  bool port_taken_ = false;
  runtime::timer_id timer_ = runtime::timer_id::none;
};

/// What the layer above owns. Letting go of it closes the sockets, also from inside the handler.
class handle final : public datagram_port {
 public:
  explicit handle(std::shared_ptr<udp_datagrams> port) : port_{std::move(port)} {}
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() override { port_->close(); }
  std::size_t send(byte_view datagram) override { return port_->send(datagram); }
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
    if (port->port_taken()) {
      const auto number = std::to_string(options.port);
      return fail(errc::address_in_use,
                  why + "; somebody has UDP port " + number +
                      " alone: ss -ulpn 'sport = " + number +
                      "' shows who; --beacon-port (KITH_BEACON_PORT) names another one, the same "
                      "for all nodes");
    }
    return fail(errc::io_error, why);
  }
  return std::make_unique<handle>(std::move(port));
}

}  // namespace kith::transport
