// SPDX-License-Identifier: MPL-2.0
#include "wire/value_check.hpp"

#include <array>

namespace kith::wire {
namespace {

/// What follows the first octet of a value.
struct form {
  enum class shape : std::uint8_t { scalar, run, list, map, none };
  shape what = shape::scalar;
  std::uint8_t fixed = 0;  ///< octets that follow in any case: a number, a length, a count
  std::uint8_t extra = 0;  ///< of an extension: its type comes after the length
};

constexpr form form_of(unsigned head) noexcept {
  using shape = form::shape;
  if (head >= 0xc4 && head <= 0xc6) {
    return {shape::run, static_cast<std::uint8_t>(1U << (head - 0xc4U)), 0};
  }
  if (head >= 0xc7 && head <= 0xc9) {
    return {shape::run, static_cast<std::uint8_t>(1U << (head - 0xc7U)), 1};
  }
  if (head == 0xca || head == 0xcb) {
    return {shape::scalar, static_cast<std::uint8_t>(head == 0xca ? 4 : 8), 0};
  }
  if (head >= 0xcc && head <= 0xd3) {
    return {shape::scalar, static_cast<std::uint8_t>(1U << ((head - 0xccU) % 4)), 0};
  }
  if (head >= 0xd4 && head <= 0xd8) {
    return {shape::scalar, static_cast<std::uint8_t>(1U + (1U << (head - 0xd4U))), 0};
  }
  if (head >= 0xd9 && head <= 0xdb) {
    return {shape::run, static_cast<std::uint8_t>(1U << (head - 0xd9U)), 0};
  }
  if (head >= 0xdc && head <= 0xdf) {
    return {head < 0xde ? shape::list : shape::map,
            static_cast<std::uint8_t>(head % 2 == 0 ? 2 : 4), 0};
  }
  return {head == 0xc1 ? shape::none : shape::scalar, 0, 0};
}

constexpr auto forms = [] {
  std::array<form, 256> table{};
  for (unsigned head = 0; head < table.size(); ++head) {
    table[head] = form_of(head);
  }
  return table;
}();

/// Big-endian.
std::uint64_t number_at(const char* from, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8U | static_cast<unsigned char>(from[i]);
  }
  return value;
}

/// Walks over one value; counts what is bounded.
class sizer {
 public:
  sizer(std::string_view octets, const limits& bounds) noexcept
      : octets_{octets}, bounds_{&bounds} {}

  /// Its octets, or 0 when it is not whole, no MessagePack, or over a limit.
  std::size_t size() noexcept {
    if (bounds_->depth > deepest || !value()) {
      return 0;
    }
    while (depth_ > 0) {
      if (left_[depth_ - 1] == 0) {
        --depth_;
      } else if (--left_[depth_ - 1]; !value()) {
        return 0;
      }
    }
    return at_;
  }

 private:
  static constexpr std::size_t deepest = 64;

  bool value() noexcept {
    if (at_ == octets_.size()) {
      return false;
    }
    const auto head = static_cast<unsigned char>(octets_[at_++]);
    if (head < 0x80 || head >= 0xe0) {
      return true;
    }
    if (head < 0xa0) {
      return open(head & 0x0fU, head >= 0x90 ? 1 : 2);
    }
    if (head < 0xc0) {
      return pass(head & 0x1fU);
    }
    const auto& known = forms[head];
    const auto from = at_;
    if (known.what == form::shape::none || !pass(known.fixed)) {
      return false;
    }
    if (known.what == form::shape::scalar) {
      return true;
    }
    const auto count = number_at(octets_.data() + from, known.fixed);
    if (known.what == form::shape::run) {
      return pass(count + known.extra);
    }
    return open(count, known.what == form::shape::list ? 1 : 2);
  }

  bool pass(std::uint64_t count) noexcept {
    if (octets_.size() - at_ < count) {
      return false;
    }
    at_ += count;
    return true;
  }

  bool open(std::uint64_t count, std::uint64_t values) noexcept {
    elements_ += values * count;
    if (count > bounds_->elements || elements_ > bounds_->total_elements ||
        depth_ == bounds_->depth) {
      return false;
    }
    left_[depth_++] = values * count;
    return true;
  }

  std::string_view octets_;
  const limits* bounds_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::uint64_t elements_ = 0;
  std::array<std::uint64_t, deepest> left_;
};

}  // namespace

bool bounded_visitor::open(std::string_view what, std::size_t count, std::size_t elements) {
  if (count > bounds_->elements) {
    return stop("found a " + std::string{what} + " of " + std::to_string(count) +
                ", expected at most " + std::to_string(bounds_->elements) + " elements");
  }
  elements_ += elements;
  if (elements_ > bounds_->total_elements) {
    return stop("found more elements in all than " + std::to_string(bounds_->total_elements));
  }
  if (++depth_ > bounds_->depth) {
    return stop("found lists or maps nested deeper than " + std::to_string(bounds_->depth));
  }
  return true;
}

result<std::size_t> check_value(std::string_view octets, const limits& bounds) {
  // The good case in one table; who is refused is told why by the visitor.
  if (const auto size = sizer{octets, bounds}.size(); size > 0) {
    return size;
  }
  bounded_visitor visitor{bounds};
  return visit_value(octets, visitor);
}

tl::unexpected<error> fail_trailing(std::size_t count) {
  return fail(errc::bad_payload, "found " + std::to_string(count) +
                                     " octets after the value, expected one value and no more");
}

}  // namespace kith::wire
