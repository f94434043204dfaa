// SPDX-License-Identifier: MPL-2.0
#include "wire/redact.hpp"

#include <algorithm>

#include "wire/token.hpp"
#include "wire/value_check.hpp"

namespace kith::wire {
namespace {

/// Copies a value that has been checked: it is whole, and its nesting is bounded.
class redactor {
 public:
  redactor(byte_view value, const std::vector<std::string>& fields)
      : at_{value.data()}, end_{value.data() + value.size()}, fields_{fields} {
    out_.reserve(value.size());
  }

  bytes run() {
    copy();
    return std::move(out_);
  }

 private:
  token take() noexcept {
    token next;
    next_token(at_, end_, next);
    return next;
  }
  void copy() {
    const auto* const begin = at_;
    const auto head = take();
    out_.append(begin, at_);
    for (std::uint64_t i = 0; head.kind == token_kind::list && i < head.bits; ++i) {
      copy();
    }
    for (std::uint64_t i = 0; head.kind == token_kind::map && i < head.bits; ++i) {
      copy_field();
    }
  }
  void copy_field() {
    const auto* const begin = at_;
    const auto key = take();
    at_ = begin;
    copy();
    if (key.kind == token_kind::text &&
        std::find(fields_.begin(), fields_.end(), key.data) != fields_.end()) {
      skip();
      out_ += static_cast<char>(0xa0U + redacted.size());
      out_ += redacted;
    } else {
      copy();
    }
  }
  void skip() noexcept {
    const auto head = take();
    const std::uint64_t inside = head.kind == token_kind::list  ? head.bits
                                 : head.kind == token_kind::map ? 2 * head.bits
                                                                : 0;
    for (std::uint64_t i = 0; i < inside; ++i) {
      skip();
    }
  }

  const char* at_;
  const char* end_;
  const std::vector<std::string>& fields_;
  bytes out_;
};

static_assert(redacted.size() < 32, "its length is in its first octet");

}  // namespace

result<bytes> redact(byte_view value, const std::vector<std::string>& fields,
                     const limits& bounds) {
  const auto size = check_value(value, bounds);
  if (!size) {
    return tl::make_unexpected(size.error());
  }
  if (*size != value.size()) {
    return fail_trailing(value.size() - *size);
  }
  return redactor{value, fields}.run();
}

}  // namespace kith::wire
