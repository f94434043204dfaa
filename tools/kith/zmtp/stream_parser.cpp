// SPDX-License-Identifier: MPL-2.0
#include "kith/zmtp/stream_parser.hpp"

#include <algorithm>

#include "kith/zmtp/command.hpp"

namespace kith::tool::zmtp {
namespace {

constexpr std::uint8_t more_flag = 1;
constexpr std::uint8_t long_flag = 2;
constexpr std::uint8_t command_flag = 4;
constexpr std::size_t shown_of_broken = 256;

std::uint64_t number(byte_view octets) noexcept {
  std::uint64_t value = 0;
  for (const char one : octets) {
    value = value << 8U | static_cast<std::uint8_t>(one);
  }
  return value;
}

}  // namespace

void stream_parser::feed(byte_view octets, std::vector<part>& parts) {
  if (state_ == state::given_up) {
    offset_ += octets.size();
    return;
  }
  buffer_ += octets;
  while (step(parts)) {
  }
  buffer_.erase(0, at_);
  at_ = 0;
}

void stream_parser::lose(std::uint64_t count, std::vector<part>& parts) {
  if (state_ == state::given_up) {
    offset_ += count;
  } else if (state_ == state::body && left_ >= count) {
    const auto room = most_kept_ - std::min(most_kept_, now_.octets.size());
    now_.octets.append(static_cast<std::size_t>(std::min<std::uint64_t>(count, room)), '\0');
    now_.damaged = true;
    offset_ += count;
    left_ -= count;
    feed({}, parts);
  } else {
    give_up(part_kind::broken,
            std::to_string(count) + " octets are missing: what follows cannot be told apart",
            parts);
    offset_ += count;
    buffer_.clear();
    at_ = 0;
  }
}

void stream_parser::end(std::vector<part>& parts) {
  if (state_ == state::body) {
    const auto missing = std::to_string(left_);
    now_.kind = part_kind::unfinished;
    now_.why = "the end comes " + missing + " octets before that of the frame";
    parts.push_back(std::move(now_));
    state_ = state::given_up;
  } else if (state_ != state::given_up && !rest().empty()) {
    give_up(part_kind::unfinished,
            state_ == state::greeting ? "the end comes within the greeting"
                                      : "the end comes within the head of a frame",
            parts);
  }
}

bool stream_parser::step(std::vector<part>& parts) {
  switch (state_) {
    case state::greeting: return take_greeting(parts);
    case state::frames_1:
    case state::frames: return take_head(parts);
    case state::body: return take_body(parts);
    case state::given_up: break;
  }
  return false;
}

bool stream_parser::take_greeting(std::vector<part>& parts) {
  speaks_ = recognise(rest());
  const auto size = speaks_ == speech::zmtp3 ? greeting_size : greeting_2_size;
  if (speaks_ == speech::undecided ||
      (speaks_ != speech::zmtp1 && is_zmtp(speaks_) && rest().size() < size)) {
    return false;
  }
  if (!is_zmtp(speaks_)) {
    return give_up(part_kind::foreign, "this is " + std::string{name_of(speaks_)}, parts);
  }
  if (speaks_ == speech::zmtp1) {
    state_ = state::frames_1;
    return true;
  }
  auto what = begin(speaks_ == speech::zmtp3 ? part_kind::greeting : part_kind::greeting_2);
  if (speaks_ == speech::zmtp3) {
    what.greeting = decode_greeting(rest());
  } else {
    what.socket_type = octet_at(rest(), greeting_2_size - 1);
  }
  what.size = size;
  what.head = size;
  take_into(what, size);
  parts.push_back(std::move(what));
  state_ = state::frames;
  return true;
}

stream_parser::frame_head stream_parser::head_2() const noexcept {
  const auto octets = rest();
  if (octets.empty()) {
    return {};
  }
  const auto flags = octet_at(octets, 0);
  const std::size_t size = (flags & long_flag) != 0 ? 9 : 2;
  return octets.size() < size ? frame_head{}
                              : frame_head{size, number(octets.substr(1, size - 1)), flags};
}

stream_parser::frame_head stream_parser::head_1() const noexcept {
  const auto octets = rest();
  const std::size_t size = !octets.empty() && octet_at(octets, 0) == 0xff ? 10 : 2;
  if (octets.size() < size) {
    return {};
  }
  const auto length = number(size == 2 ? octets.substr(0, 1) : octets.substr(1, 8));
  // The flags count as one octet of the body.
  return {size, length - 1, octet_at(octets, size - 1)};
}

std::string stream_parser::flaw_of(const frame_head& head) const {
  const std::uint8_t known =
      state_ == state::frames_1
          ? more_flag
          : static_cast<std::uint8_t>(more_flag | long_flag |
                                      (speaks_ == speech::zmtp3 ? command_flag : 0));
  if (head.body >> 63U != 0) {
    return "a frame of more than 2^63 octets";
  }
  if ((head.flags & ~known) != 0) {
    return "flags " + std::to_string(head.flags) + ": bits are set that have no meaning";
  }
  if ((head.flags & command_flag) != 0 && (head.flags & more_flag) != 0) {
    return "a command that says that more frames follow";
  }
  return {};
}

bool stream_parser::take_head(std::vector<part>& parts) {
  const auto head = state_ == state::frames_1 ? head_1() : head_2();
  if (head.size == 0) {
    return false;
  }
  if (auto flaw = flaw_of(head); !flaw.empty()) {
    return give_up(part_kind::broken, std::move(flaw), parts);
  }
  now_ = begin((head.flags & command_flag) != 0 && state_ == state::frames ? part_kind::command
                                                                           : part_kind::frame);
  now_.size = head.size + head.body;
  now_.head = head.size;
  now_.more = (head.flags & more_flag) != 0;
  take_into(now_, head.size);
  left_ = head.body;
  state_ = state::body;
  return true;
}

bool stream_parser::take_body(std::vector<part>& parts) {
  const auto here = std::min<std::uint64_t>(left_, rest().size());
  take_into(now_, here);
  left_ -= here;
  if (left_ > 0) {
    return false;
  }
  if (now_.kind == part_kind::command && !read_command(now_.body())) {
    now_.kind = part_kind::broken;
    now_.why = "a command without a name";
  }
  parts.push_back(std::move(now_));
  state_ = speaks_ == speech::zmtp1 ? state::frames_1 : state::frames;
  return true;
}

part stream_parser::begin(part_kind kind) const {
  part what;
  what.kind = kind;
  what.offset = offset_;
  what.speaks = speaks_;
  return what;
}

void stream_parser::take_into(part& what, std::uint64_t count) {
  const auto room = most_kept_ - std::min(most_kept_, what.octets.size());
  what.octets += rest().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(count, room)));
  at_ += static_cast<std::size_t>(count);
  offset_ += count;
}

bool stream_parser::give_up(part_kind kind, std::string why, std::vector<part>& parts) {
  auto what = begin(kind);
  what.why = std::move(why);
  what.octets = rest().substr(0, shown_of_broken);
  what.size = what.octets.size();
  offset_ += rest().size();
  at_ = buffer_.size();
  parts.push_back(std::move(what));
  state_ = state::given_up;
  return false;
}

}  // namespace kith::tool::zmtp
