// SPDX-License-Identifier: MPL-2.0
#pragma once

// A capture in, and what was said on its ZeroMQ connections out, part by part, in the order in
// which each became whole. Pure.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "kith/capture/capture_reader.hpp"
#include "kith/capture/tcp_streams.hpp"
#include "kith/decode/frame_notes.hpp"

namespace kith::tool {

/// Where something was said.
struct decoded_place {
  std::int64_t time_us = 0;      ///< since 1970; 0: it is not known
  std::uint64_t connection = 0;  ///< 0: of none, a datagram
  std::string from;
  std::string to;
  std::uint64_t offset = 0;  ///< in that direction, from its first octet
};

struct decode_counts {
  std::uint64_t packets = 0;
  std::uint64_t connections = 0;
  std::uint64_t parts = 0;
  std::uint64_t bad = 0;       ///< parts that are no good
  std::uint64_t missing = 0;   ///< octets that were not captured
  std::uint64_t repeated = 0;  ///< segments that came again
  std::uint64_t out_of_order = 0;
  std::uint64_t fragments = 0;  ///< of IP packets, which are not put together
  std::uint64_t cut = 0;        ///< packets of which too little was captured
  std::uint64_t unknown_links = 0;
};

class capture_decoder {
 public:
  using listener = std::function<void(const decoded_place&, const explained&)>;
  /// `port`: only connections that have it at one end.
  capture_decoder(std::optional<std::uint16_t> port, listener heard);

  void feed(byte_view octets);
  void end();

  [[nodiscard]] const std::string& flaw() const noexcept { return reader_.flaw(); }
  [[nodiscard]] decode_counts counts() const;

 private:
  struct side {
    zmtp::stream_parser parser;
    stream_explainer explainer;
    bool joined = false;
    std::int64_t last_us = 0;
    capture::direction of;
  };
  struct connection {
    side client;
    side server;
  };

  void take(const capture::record& packet);
  void take_datagram(const capture::segment& what, std::int64_t time_us);
  void take_event(const capture::stream_event& event);
  void say(connection& on, side& at, const std::vector<zmtp::part>& parts);
  void remark(const capture::stream_event& event, std::string heading, bool good);

  std::optional<std::uint16_t> port_;
  listener heard_;
  capture::capture_reader reader_;
  capture::tcp_streams streams_;
  std::map<std::uint64_t, connection> connections_;
  decode_counts counts_;
};

}  // namespace kith::tool
