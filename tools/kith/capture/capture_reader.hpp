// SPDX-License-Identifier: MPL-2.0
#pragma once

// Reads a capture file in whatever pieces it comes: pcap (draft-ietf-opsawg-pcap) and pcapng
// (draft-ietf-opsawg-pcapng), in either order of octets. Pure and bounded: a record or block of
// more than `most_octets` ends the reading.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace kith::tool::capture {

/// One packet off an interface.
struct record {
  std::int64_t time_us = 0;     ///< since 1970
  std::uint32_t link_type = 0;  ///< LINKTYPE_... of tcpdump.org
  bytes octets;                 ///< what was captured
  std::uint32_t length = 0;     ///< of the packet; more than there are octets when it was cut
};

class capture_reader {
 public:
  static constexpr std::size_t most_octets = std::size_t{1} << 20U;
  static constexpr std::size_t most_interfaces = 1024;

  /// Whether these first octets begin a capture. 4 are enough.
  [[nodiscard]] static bool is_capture(byte_view first) noexcept;

  /// Appends what became whole.
  void feed(byte_view octets, std::vector<record>& records);
  /// The file is at its end.
  void end();

  /// What is wrong with the file and where; empty: nothing. Nothing is read behind it.
  [[nodiscard]] const std::string& flaw() const noexcept { return flaw_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  enum class form : std::uint8_t { unknown, pcap, pcapng };
  struct interface {
    std::uint32_t link_type = 0;
    std::uint32_t most = 0;         ///< octets of a packet; 0: all
    std::uint64_t ticks = 1000000;  ///< a second
  };

  bool step(std::vector<record>& records);
  bool begin();
  bool take_record(std::vector<record>& records);
  bool take_block(std::vector<record>& records);
  void take_interface(byte_view body);
  void take_packet(byte_view body, std::vector<record>& records);
  void take_simple_packet(byte_view body, std::vector<record>& records);
  bool refuse(const std::string& why);
  [[nodiscard]] std::uint32_t number(byte_view octets, std::size_t at,
                                     std::size_t size = 4) const noexcept;
  [[nodiscard]] byte_view rest() const noexcept { return byte_view{buffer_}.substr(at_); }
  void move(std::size_t count) noexcept;

  form form_ = form::unknown;
  bool big_endian_ = false;
  std::vector<interface> interfaces_;
  bytes buffer_;
  std::size_t at_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t records_ = 0;
  std::string flaw_;
};

}  // namespace kith::tool::capture
