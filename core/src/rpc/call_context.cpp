// SPDX-License-Identifier: MPL-2.0
#include <kith/call.hpp>

#include "security/authority.hpp"

namespace kith {

bool call_context::may_hear(std::string_view topic) const {
  return may_hear_all(std::string{topic} + '\0');
}

bool call_context::may_hear_all(std::string_view prefix) const {
  return limits_ == nullptr || security::may_subscribe(*limits_, prefix);
}

bool call_context::may_call(std::string_view name) const {
  return limits_ == nullptr || security::may_call(*limits_, name);
}

}  // namespace kith
