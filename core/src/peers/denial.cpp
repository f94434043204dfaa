// SPDX-License-Identifier: MPL-2.0
#include "peers/denial.hpp"

#include "security/authority.hpp"

namespace kith::peers {
namespace {

/// "order.placed", or "all that begins with 'order.'": never with its zero.
std::string words_for(std::string_view filter) {
  if (filter.ends_with('\0')) {
    return printable(filter.substr(0, filter.size() - 1));
  }
  return "all that begins with '" + printable(filter) + "'";
}

}  // namespace

std::optional<error> denial_of_call(const security::known_key& who, std::string_view method,
                                    const node_description& self) {
  if (security::may_call(who, method)) {
    return std::nullopt;
  }
  const std::string name = who.name.empty() ? "a stranger" : who.name;
  return error{errc::permission_denied, name + " may not call " + printable(method) + " of " +
                                            (self.service.empty() ? self.instance : self.service) +
                                            ": no certificate of " + name +
                                            " gives it; kith trust sign --calls does"};
}

std::string denial_of_subscription(const security::known_key* who, std::string_view filter,
                                   const node_description& self) {
  const std::string name = who == nullptr ? "a stranger" : who->name;
  return "a subscription: " + name + " may not hear " + words_for(filter) + " of " + self.instance +
         ": kith trust sign --subscribes gives it";
}

}  // namespace kith::peers
