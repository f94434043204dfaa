// SPDX-License-Identifier: MPL-2.0
#include "peers/greeting.hpp"

#include <vector>

#include "peers/description.hpp"
#include "security/authority.hpp"
#include "security/node_mark.hpp"

namespace kith::peers {
namespace {

template <class Given>
std::size_t keep_given(std::vector<offered>& list, Given given) {
  return std::erase_if(list, [&](const offered& one) { return !given(one.name); });
}

std::optional<wire::refuse> objection_to_key(const wire::hello& value, const proved_identity& who) {
  if (who.needed && who.holder == nullptr) {
    return wire::refuse{errc::permission_denied, std::string{counts_no_more}};
  }
  if (who.needed && !value.self.service.empty() && value.self.service != who.holder->name) {
    return wire::refuse{errc::permission_denied, "your key stands for " + who.holder->name +
                                                     ", not for what your hello says"};
  }
  if (who.certified && !security::is_marked(value.self.id, value.self.service)) {
    return wire::refuse{errc::permission_denied, std::string{not_its_own_id}};
  }
  if (who.holder != nullptr && who.node != nullptr && *who.node != who.holder->name) {
    return wire::refuse{
        errc::permission_denied,
        "that id is one of " + *who.node + ", and your key stands for " + who.holder->name};
  }
  return std::nullopt;
}

}  // namespace

std::optional<wire::refuse> objection_to(const wire::hello& value, const node_description& self,
                                         const proved_identity& who) {
  if (value.version_max < wire::protocol_version_min ||
      value.version_min > wire::protocol_version_max) {
    return wire::refuse{errc::unsupported_version,
                        "this node speaks kith/" + std::to_string(wire::protocol_version_min) +
                            " to kith/" + std::to_string(wire::protocol_version_max) +
                            ", you offer kith/" + std::to_string(value.version_min) + " to kith/" +
                            std::to_string(value.version_max)};
  }
  if (value.self.domain != self.domain) {
    return wire::refuse{errc::wrong_domain, "this node belongs to the domain " + self.domain};
  }
  if (!value.expected.is_nil() && value.expected != self.id) {
    return wire::refuse{errc::stale_incarnation, "the node " + value.expected.to_short_string() +
                                                     " is no longer here; this is " +
                                                     self.instance + " (" +
                                                     self.id.to_short_string() + ")"};
  }
  if (value.self.id.is_nil() || value.self.id == self.id) {
    return wire::refuse{errc::malformed, "a node needs an id of its own"};
  }
  if (auto objection = objection_to_key(value, who)) {
    return objection;
  }
  if (const auto flaw = flaw_in(value.self); !flaw.empty()) {
    return wire::refuse{errc::malformed,
                        "hello." + std::string{flaw} + " is no name or no address"};
  }
  return std::nullopt;
}

std::optional<error> flaw_of(const wire::welcome& value, const node_description& self,
                             const security::known_key* expected, bool certified) {
  if (value.self.domain != self.domain) {
    return error{errc::wrong_domain, "it belongs to the domain " + value.self.domain};
  }
  if (value.version < wire::protocol_version_min || value.version > wire::protocol_version_max) {
    return error{errc::unsupported_version,
                 "it chose protocol version " + std::to_string(value.version)};
  }
  if (const auto flaw = flaw_in(value.self); !flaw.empty()) {
    return error{errc::malformed,
                 "its welcome's " + std::string{flaw} + " is no name or no address"};
  }
  if (beyond_loopback(value.self.outlet, self.inbox)) {
    return error{errc::malformed,
                 "its events are on another machine, and this node is on loopback"};
  }
  if (expected != nullptr && !value.self.service.empty() && value.self.service != expected->name) {
    return error{errc::permission_denied, "its key stands for " + expected->name +
                                              ", but it says that it is " + value.self.service};
  }
  if (certified && !security::is_marked(value.self.id, value.self.service)) {
    return error{errc::permission_denied, std::string{not_its_own_id}};
  }
  return std::nullopt;
}

std::size_t keep_what_is_given(node_description& said, const security::known_key& who) {
  return keep_given(said.methods,
                    [&](const std::string& method) { return security::may_provide(who, method); }) +
         keep_given(said.topics,
                    [&](const std::string& topic) { return security::may_publish(who, topic); });
}

}  // namespace kith::peers
