// SPDX-License-Identifier: MPL-2.0
#pragma once

// Reads the flight recorder for one tap: takes packets apart, joins answers to their requests, and
// keeps what its filter shows. No clock, no socket.
//
// Design notes
// - What is read at once is bounded, by the ring's octets and by what is shown: a tap takes little
//   of a turn however much passes. What it does not keep up with is overwritten, and counted.
// - A packet that the recorder has cut is read as if zeros followed, up to the envelope that the
//   cut is in: of a large request its method and number are there, and its body is cut.
// - Of what no tap can show as much is read as has to be: requests, for the names of their answers.
//   Where events are not shown a packet of them is not taken apart. Who sends nonsense there begins
//   with it.
// - What had passed when it began is copied then: a node that is busy would have written over it
//   before it is read, and who only asks for that would never come to its end.
// - A tap shows no tap: of two that saw each other each line would make another.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <kith/introspection.hpp>
#include <kith/time.hpp>

#include "base/calendar.hpp"
#include "ledger/flight_recorder.hpp"
#include "node/tap/tap_filter.hpp"
#include "wire/envelope.hpp"

namespace kith {

struct passing_peer {
  std::string id;
  std::string service;
  std::string instance;
};

/// What the node knows of links and calls that began before the ring does.
class tap_lookup {
 public:
  virtual std::optional<passing_peer> peer_at(std::uint64_t link) const = 0;
  /// Of a call that has not ended; empty when there is none.
  virtual std::string method_of(std::uint64_t link, std::uint64_t id) const = 0;

 protected:
  ~tap_lookup() = default;
};

/// What the node lets a tap see of bodies.
struct tap_discretion {
  bool bodies = true;
  std::vector<std::string> redact;  ///< names of fields
};

class tap_reader {
 public:
  struct options {
    std::size_t octets = std::size_t{16} * 1024;        ///< of packets, read at once
    std::size_t batch_octets = std::size_t{48} * 1024;  ///< of what is shown, about
    wire::limits bounds{};
  };

  tap_reader(const ledger::flight_recorder& recorder, const tap_lookup& node, tap_request wanted,
             tap_discretion discretion, options how, const calendar& days);

  /// What has passed since the last time, or a part of it.
  tap_batch read();
  /// Whether there was more to read the last time.
  [[nodiscard]] bool is_behind() const noexcept { return behind_; }
  /// What comes next had passed before the tap was there.
  [[nodiscard]] bool reads_past() const noexcept { return past_.has_value(); }
  /// If not, outlets are of no use to it but for who sends nonsense.
  [[nodiscard]] bool shows_events() const {
    return filter_.shows_kind(name_of(wire::kind::event)) ||
           filter_.shows_kind(name_of(wire::kind::heads)) || filter_.shows_kind("cut") ||
           filter_.shows_kind("unknown");
  }

 private:
  using call_key = std::pair<std::uint64_t, std::uint64_t>;
  struct hash_of_call {
    std::size_t operator()(const call_key& which) const noexcept {
      return std::hash<std::uint64_t>{}(which.first * 0x9e3779b97f4a7c15U + which.second);
    }
  };
  struct open_call {
    std::string method;
    std::string traceparent;
    std::optional<time_point> when;
  };
  /// One envelope and what is around it.
  struct passing {
    const ledger::flight_recorder::record& packet;
    std::string_view topic;
    std::size_t octets = 0;
    std::size_t lost = 0;  ///< octets of it that were not recorded
  };

  std::optional<ledger::flight_recorder::record> next();
  /// Gives how many octets it took apart.
  std::size_t take(const ledger::flight_recorder::record& one);
  void take_envelopes(const ledger::flight_recorder::record& one, std::string_view topic,
                      byte_view envelopes);
  void take_beginning(const ledger::flight_recorder::record& one);
  void take_span(const ledger::flight_recorder::record& one);

  void on(const passing& at, const wire::hello& value);
  void on(const passing& at, const wire::welcome& value);
  void on(const passing& at, const wire::refuse& value);
  void on(const passing& at, const wire::ping& value);
  void on(const passing& at, const wire::pong& value);
  void on(const passing& at, const wire::request& value);
  void on(const passing& at, const wire::reply& value);
  void on(const passing& at, const wire::error_reply& value);
  void on(const passing& at, const wire::cancel& value);
  void on(const passing& at, const wire::credit& value);
  void on(const passing& at, const wire::item& value);
  void on(const passing& at, const wire::event& value);
  void on(const passing& at, const wire::heads& value);
  void on(const passing& at, const wire::goodbye& value);
  void on(const passing& at, const wire::unknown& value);

  [[nodiscard]] tapped begin(const passing& at, std::string_view kind);
  /// The same of an envelope that belongs to a call.
  [[nodiscard]] tapped begin(const passing& at, std::string_view kind, std::uint64_t id);
  void add_latency(tapped& row, const passing& at, std::uint64_t id);
  const passing_peer* peer_at(std::uint64_t link);
  const passing_peer& keep_peer(std::uint64_t link, passing_peer who);
  void learn_peer(const passing& at, const node_description& who);
  const open_call* call_at(const call_key& which);
  const open_call& remember(const call_key& which, std::string_view method,
                            std::string_view traceparent, std::optional<time_point> when);
  [[nodiscard]] std::string parent_of(std::string_view traceparent) const;
  void show_malformed(const passing& at, const error& why);
  void show(tapped row);
  void show(tapped row, const passing& at, byte_view body);
  void show_body(tapped& row, const passing& at, byte_view body) const;

  const ledger::flight_recorder& recorder_;
  const tap_lookup& node_;
  tap_request wanted_;
  tap_filter filter_;
  tap_discretion discretion_;
  options options_;
  const calendar& days_;
  ledger::flight_recorder::cursor at_;
  std::optional<ledger::flight_recorder> past_;  ///< until it is read
  bool behind_ = false;
  // Of the present `read`.
  tap_batch batch_;
  std::size_t shown_octets_ = 0;
  // Bounded; the oldest go first, but for peers, which can be looked up again.
  std::unordered_map<call_key, open_call, hash_of_call> calls_;
  std::deque<call_key> call_order_;
  std::map<std::string, std::string> parents_;  ///< span -> the one above
  std::deque<std::string> parent_order_;
  std::unordered_map<std::uint64_t, passing_peer> peers_;
};

}  // namespace kith
