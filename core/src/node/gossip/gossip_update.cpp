// SPDX-License-Identifier: MPL-2.0
#include "node/gossip/gossip_update.hpp"

#include "base/endpoint.hpp"
#include "base/name.hpp"

namespace kith {

gossip_update write_update(const membership::update& one) {
  gossip_update out;
  out.id = one.id.to_string();
  out.revision = one.revision;
  out.state = membership::name_of(one.state);
  if (!one.accuser.is_nil()) {
    out.accuser = one.accuser.to_string();
  }
  out.incarnation = one.incarnation;
  out.service = one.service;
  out.instance = one.instance;
  out.inbox = one.inbox;
  return out;
}

std::optional<membership::update> read_update(const gossip_update& told) {
  const auto id = node_id::from_string(told.id);
  const auto state = membership::state_named(told.state);
  const auto accuser = told.accuser ? node_id::from_string(*told.accuser) : node_id{};
  if (!id || id->is_nil() || !state || !accuser || !is_name(told.service) ||
      !is_name(told.instance) || !endpoint::parse(told.inbox)) {
    return std::nullopt;
  }
  return membership::update{*id,          told.revision, *state,    *accuser, told.incarnation,
                            told.service, told.instance, told.inbox};
}

}  // namespace kith
