// SPDX-License-Identifier: MPL-2.0
#include "peers/description.hpp"

#include "base/endpoint.hpp"
#include "base/name.hpp"

namespace kith::peers {
namespace {

bool is_address(std::string_view text) {
  const auto parsed = endpoint::parse(text);
  return parsed && (parsed->kind == endpoint::scheme::ipc || parsed->port);
}

}  // namespace

std::string_view flaw_in(const node_description& peer) {
  const auto name_or_empty = [](std::string_view text) { return text.empty() || is_name(text); };
  const auto address_or_empty = [](std::string_view text) {
    return text.empty() || is_address(text);
  };
  return !is_name(peer.domain)            ? "self.domain"
         : !name_or_empty(peer.service)   ? "self.service"
         : !name_or_empty(peer.instance)  ? "self.instance"
         : !name_or_empty(peer.zone)      ? "self.zone"
         : !address_or_empty(peer.inbox)  ? "self.inbox"
         : !address_or_empty(peer.outlet) ? "self.outlet"
                                          : "";
}

void resolve_wildcards(node_description& peer, std::string_view dialled) {
  const auto at = endpoint::parse(dialled);
  if (at && at->kind == endpoint::scheme::tcp) {
    peer.inbox = dialable(peer.inbox, at->host);
    peer.outlet = dialable(peer.outlet, at->host);
  }
}

bool beyond_loopback(std::string_view address, std::string_view own_inbox) {
  const auto own = endpoint::parse(own_inbox);
  const auto theirs = endpoint::parse(address);
  return own && theirs && own->is_loopback() && !theirs->is_loopback() && !theirs->is_wildcard();
}

bool leads_somewhere(std::string_view inbox, std::string_view own_inbox, bool teller_is_here) {
  const auto there = endpoint::parse(inbox);
  if (!there || there->is_wildcard() || !is_address(inbox) || beyond_loopback(inbox, own_inbox)) {
    return false;
  }
  const auto own = endpoint::parse(own_inbox);
  return !there->is_loopback() || teller_is_here || (own && own->is_loopback());
}

}  // namespace kith::peers
