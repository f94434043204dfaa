// SPDX-License-Identifier: MPL-2.0
#include "wire/value_check.hpp"

namespace kith::wire {

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
  bounded_visitor visitor{bounds};
  return visit_value(octets, visitor);
}

tl::unexpected<error> fail_trailing(std::size_t count) {
  return fail(errc::bad_payload, "found " + std::to_string(count) +
                                     " octets after the value, expected one value and no more");
}

}  // namespace kith::wire
