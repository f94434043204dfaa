// SPDX-License-Identifier: MPL-2.0
#pragma once

// The first pass over what a peer sent: is it MessagePack, and is it within the limits? Nothing is
// allocated for what the octets merely announce, so `dd ffffffff` and nested bombs end here.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kith/errors.hpp>

#include "base/bytes.hpp"
#include "wire/limits.hpp"
#include "wire/msgpack.hpp"

namespace kith::wire {

/// A visitor of msgpack-cxx that stops at the first limit. `problem` then says which.
class bounded_visitor : public msgpack::null_visitor {
 public:
  explicit bounded_visitor(const limits& bounds) noexcept : bounds_{&bounds} {}

  bool start_array(std::uint32_t count) { return open("list", count, count); }
  bool end_array() { return close(); }
  bool start_map(std::uint32_t count) { return open("map", count, std::size_t{2} * count); }
  bool end_map() { return close(); }

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 protected:
  bool stop(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

 private:
  bool open(std::string_view what, std::size_t count, std::size_t elements);
  bool close() noexcept {
    --depth_;
    return true;
  }

  const limits* bounds_;
  std::size_t depth_ = 0;
  std::size_t elements_ = 0;
  std::string problem_;
};

/// Parses one value at the start of `octets` with the visitor, and tells how many octets it has.
/// bad_payload when it is not whole, not MessagePack, or the visitor stopped.
template <class Visitor>
result<std::size_t> visit_value(std::string_view octets, Visitor& visitor) {
  std::size_t offset = 0;
  try {
    if (msgpack::parse(octets.data(), octets.size(), offset, visitor)) {
      return offset;
    }
  } catch (const msgpack::unpack_error&) {
    return fail(errc::bad_payload, "found what is not MessagePack, expected one value");
  }
  if (!visitor.problem().empty()) {
    return fail(errc::bad_payload, visitor.problem());
  }
  return fail(errc::bad_payload,
              "found the end of the octets or what is not MessagePack at octet " +
                  std::to_string(offset) + ", expected one whole value");
}

/// The size of the first value, which is within the limits.
result<std::size_t> check_value(std::string_view octets, const limits& bounds);

/// bad_payload for octets after a value's end.
tl::unexpected<error> fail_trailing(std::size_t count);

}  // namespace kith::wire
