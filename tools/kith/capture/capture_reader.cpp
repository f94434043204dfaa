// SPDX-License-Identifier: MPL-2.0
#include "kith/capture/capture_reader.hpp"

#include <algorithm>

namespace kith::tool::capture {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t file_head_size = 24;
constexpr std::size_t record_head_size = 16;
constexpr std::uint32_t section_block = 0x0a0d0d0a;
constexpr std::uint32_t interface_block = 1;
constexpr std::uint32_t simple_packet_block = 3;
constexpr std::uint32_t packet_block = 6;
constexpr std::uint64_t microseconds = 1'000'000;
constexpr std::uint64_t nanoseconds = 1'000'000'000;

struct magic {
  std::string_view octets;
  bool big_endian;
  std::uint64_t ticks;  ///< 0: pcapng
};
constexpr magic magics[] = {{"\xa1\xb2\xc3\xd4"sv, true, microseconds},
                            {"\xd4\xc3\xb2\xa1"sv, false, microseconds},
                            {"\xa1\xb2\x3c\x4d"sv, true, nanoseconds},
                            {"\x4d\x3c\xb2\xa1"sv, false, nanoseconds},
                            {"\x0a\x0d\x0d\x0a"sv, false, 0}};

const magic* find_magic(byte_view first) noexcept {
  const auto* const found = std::find_if(
      std::begin(magics), std::end(magics),
      [&](const auto& one) { return first.substr(0, one.octets.size()) == one.octets; });
  return found == std::end(magics) ? nullptr : found;
}

/// Of the option if_tsresol: a power of ten, or of two.
std::uint64_t ticks_of(std::uint8_t resolution) noexcept {
  const bool binary = (resolution & 0x80U) != 0;
  const unsigned power = resolution & 0x7fU;
  if (power > (binary ? 62U : 18U)) {
    return microseconds;
  }
  std::uint64_t ticks = 1;
  for (unsigned i = 0; i < power; ++i) {
    ticks *= binary ? 2 : 10;
  }
  return ticks;
}

std::int64_t time_of(std::uint64_t count, std::uint64_t ticks) noexcept {
  const auto part =
      static_cast<long double>(count % ticks) * 1'000'000.0L / static_cast<long double>(ticks);
  return static_cast<std::int64_t>(std::min(count / ticks, std::uint64_t{1} << 40U) * microseconds +
                                   static_cast<std::uint64_t>(part));
}

}  // namespace

bool capture_reader::is_capture(byte_view first) noexcept {
  return first.size() >= 4 && find_magic(first) != nullptr;
}

void capture_reader::feed(byte_view octets, std::vector<record>& records) {
  if (!flaw_.empty()) {
    return;
  }
  buffer_ += octets;
  while (step(records)) {
  }
  buffer_.erase(0, at_);
  at_ = 0;
}

void capture_reader::end() {
  if (flaw_.empty() && !rest().empty()) {
    refuse("the file ends within a packet: it was cut");
  }
}

std::uint32_t capture_reader::number(byte_view octets, std::size_t at,
                                     std::size_t size) const noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto from = at + (big_endian_ ? i : size - 1 - i);
    value = value << 8U | static_cast<std::uint8_t>(octets[from]);
  }
  return value;
}

void capture_reader::move(std::size_t count) noexcept {
  at_ += count;
  offset_ += count;
}

bool capture_reader::refuse(const std::string& why) {
  flaw_ = "at octet " + std::to_string(offset_) + " of the file: " + why;
  return false;
}

bool capture_reader::step(std::vector<record>& records) {
  switch (form_) {
    case form::unknown: return begin();
    case form::pcap: return take_record(records);
    case form::pcapng: return take_block(records);
  }
  return false;
}

bool capture_reader::begin() {
  if (rest().size() < 4) {
    return false;
  }
  const auto* const found = find_magic(rest());
  if (found == nullptr) {
    return refuse("this is no capture: it begins neither as pcap nor as pcapng");
  }
  if (found->ticks == 0) {
    form_ = form::pcapng;
    return true;
  }
  if (rest().size() < file_head_size) {
    return false;
  }
  big_endian_ = found->big_endian;
  interfaces_ = {{number(rest(), 20) & 0x0fffffffU, 0, found->ticks}};
  form_ = form::pcap;
  move(file_head_size);
  return true;
}

bool capture_reader::take_record(std::vector<record>& records) {
  if (rest().size() < record_head_size) {
    return false;
  }
  const std::size_t size = number(rest(), 8);
  if (size > most_octets) {
    return refuse("a packet of " + std::to_string(size) + " octets");
  }
  if (rest().size() < record_head_size + size) {
    return false;
  }
  const auto& from = interfaces_.front();
  const std::uint64_t count =
      number(rest(), 0) * from.ticks + std::min<std::uint64_t>(number(rest(), 4), from.ticks - 1);
  records.push_back({time_of(count, from.ticks), from.link_type,
                     bytes{rest().substr(record_head_size, size)}, number(rest(), 12)});
  ++records_;
  move(record_head_size + size);
  return true;
}

bool capture_reader::take_block(std::vector<record>& records) {
  if (rest().size() < 12) {
    return false;
  }
  const bool section = rest().substr(0, 4) == "\x0a\x0d\x0d\x0a"sv;
  if (section) {
    big_endian_ = rest().substr(8, 4) == "\x1a\x2b\x3c\x4d"sv;
    if (!big_endian_ && rest().substr(8, 4) != "\x4d\x3c\x2b\x1a"sv) {
      return refuse("a section of pcapng without its order of octets");
    }
    interfaces_.clear();
  }
  const auto type = section ? section_block : number(rest(), 0);
  const std::size_t size = number(rest(), 4);
  if (size < 12 || size % 4 != 0 || size > most_octets) {
    return refuse("a block of " + std::to_string(size) + " octets");
  }
  if (rest().size() < size) {
    return false;
  }
  const auto body = rest().substr(8, size - 12);
  if (type == interface_block) {
    take_interface(body);
  } else if (type == packet_block) {
    take_packet(body, records);
  } else if (type == simple_packet_block) {
    take_simple_packet(body, records);
  }
  if (!flaw_.empty()) {
    return false;
  }
  move(size);
  return true;
}

void capture_reader::take_interface(byte_view body) {
  if (body.size() < 8 || interfaces_.size() >= most_interfaces) {
    refuse("a description of an interface that is too short, or too many of them");
    return;
  }
  interface made {
    number(body, 0, 2), number(body, 4)
  };
  body.remove_prefix(8);
  while (body.size() >= 4) {
    const auto code = number(body, 0, 2);
    const std::size_t size = number(body, 2, 2);
    if (code == 9 && size == 1 && body.size() > 4) {
      made.ticks = ticks_of(static_cast<std::uint8_t>(body[4]));
    }
    body.remove_prefix(std::min(body.size(), 4 + (size + 3) / 4 * 4));
  }
  interfaces_.push_back(made);
}

void capture_reader::take_packet(byte_view body, std::vector<record>& records) {
  const std::size_t which = body.size() < 20 ? most_interfaces : number(body, 0);
  const std::size_t size = body.size() < 20 ? 0 : number(body, 12);
  if (which >= interfaces_.size() || size > body.size() - 20) {
    refuse("a packet without its interface, or longer than its block");
    return;
  }
  const auto& from = interfaces_[which];
  const auto count = std::uint64_t{number(body, 4)} << 32U | number(body, 8);
  records.push_back(
      {time_of(count, from.ticks), from.link_type, bytes{body.substr(20, size)}, number(body, 16)});
  ++records_;
}

void capture_reader::take_simple_packet(byte_view body, std::vector<record>& records) {
  if (body.size() < 4 || interfaces_.empty()) {
    refuse("a packet without its interface");
    return;
  }
  const auto& from = interfaces_.front();
  const auto length = number(body, 0);
  std::size_t size = std::min<std::size_t>(length, body.size() - 4);
  size = from.most > 0 ? std::min<std::size_t>(size, from.most) : size;
  records.push_back({0, from.link_type, bytes{body.substr(4, size)}, length});
  ++records_;
}

}  // namespace kith::tool::capture
