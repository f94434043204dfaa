// SPDX-License-Identifier: MPL-2.0
#pragma once

// Two or more transports that can reach each other, whatever they are made of, so that one suite
// can hold all of them to one contract.

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "transport/transport.hpp"
#include "transport/zmq/zmq_transport.hpp"

namespace kith::test {

using transport::link_event;
using transport::link_id;
using transport::send_status;

/// Remembers all that it hears.
class probe final : public transport::receiver {
 public:
  struct heard_packet {
    link_id from;
    std::string text;
  };
  struct heard_link {
    link_id link;
    link_event what;
    std::string detail;
  };

  void on_packet(link_id from, byte_view packet) override {
    ++packet_count;
    if (keep_packets) {
      packets.push_back({from, std::string{packet}});
    }
    if (when_packet) {
      when_packet(from, packet);
    }
  }
  void on_link(link_id link, link_event what, std::string_view detail) override {
    links.push_back({link, what, std::string{detail}});
  }
  void on_writable(link_id link) override { writable.push_back(link); }
  void on_event(link_id publisher, byte_view packet) override {
    events.push_back({publisher, std::string{packet}});
  }
  void on_subscription(std::string_view topic, bool added) override {
    topics.emplace_back(topic, added);
  }
  void on_bad_packet(link_id from, std::string_view what) override {
    bad.emplace_back(from, what);
    if (then_close != nullptr) {
      then_close->close(from);
    }
  }
  [[nodiscard]] bool may_subscribe(std::string_view key, std::string_view filter) const override {
    return approves && approves(key, filter);
  }
  void on_denied(std::string_view key, std::string_view filter) override {
    denied.emplace_back(key, filter);
  }
  std::function<bool(std::string_view key, std::string_view filter)> approves;
  std::vector<std::pair<std::string, std::string>> denied;
  transport::transport* then_close =
      nullptr;  ///< closes links that sent bad packets, as peers does

  [[nodiscard]] bool saw(link_id link, link_event what) const { return count(link, what) > 0; }
  [[nodiscard]] std::size_t count(link_id link, link_event what) const {
    return static_cast<std::size_t>(std::count_if(links.begin(), links.end(), [&](const auto& l) {
      return l.link == link && l.what == what;
    }));
  }
  /// How many ends of that link were told: must never be more than one.
  [[nodiscard]] std::size_t ends(link_id link) const {
    return static_cast<std::size_t>(std::count_if(links.begin(), links.end(), [&](const auto& l) {
      return l.link == link && l.what != link_event::connected;
    }));
  }

  std::vector<heard_packet> packets;
  std::vector<heard_packet> events;
  std::vector<heard_link> links;
  std::vector<link_id> writable;
  std::vector<std::pair<std::string, bool>> topics;
  std::vector<std::pair<link_id, std::string>> bad;
  std::size_t packet_count = 0;
  bool keep_packets = true;
  unique_function<void(link_id, byte_view)> when_packet;
};

/// One transport with its probe.
struct party {
  transport::transport* wire = nullptr;
  probe heard;
  std::string inbox;
  std::string outlet;
};

class rig {
 public:
  virtual ~rig() = default;
  virtual party& join() = 0;
  /// Stops that transport and destroys it; its probe stays readable.
  virtual void leave(party& who, std::chrono::milliseconds linger) = 0;
  /// Runs `work` in a turn of that party's loop.
  virtual void in_turn(party& who, unique_function<void()> work) = 0;
  /// Runs the loops until `done()`; false when `limit` passed first.
  virtual bool until(unique_function<bool()> done, std::chrono::milliseconds limit) = 0;
  /// One that can be bound by a new party.
  virtual std::string fresh_endpoint() = 0;
  /// One of the other scheme.
  virtual std::string fresh_endpoint_elsewhere() = 0;
  /// One where nobody listens.
  virtual std::string dead_endpoint() = 0;

  bool until(unique_function<bool()> done) {
    return until(std::move(done), std::chrono::seconds{40});
  }
  /// Joins and binds an inbox and an outlet.
  party& serve();
  party& serve_at(const std::string& inbox);
  /// Dials and waits for the connection.
  link_id connect(party& from, const party& to);
  link_id follow(party& from, const party& to);
};

/// `kind` is "sim", "tcp" or "ipc".
std::unique_ptr<rig> make_rig(const std::string& kind, const transport::socket_limits& limits = {},
                              const transport::socket_timing& timing = {});

}  // namespace kith::test
