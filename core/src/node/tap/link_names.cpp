// SPDX-License-Identifier: MPL-2.0
#include "node/tap/link_names.hpp"

namespace kith::detail {

std::optional<passing_peer> link_names::peer_at(std::uint64_t link) const {
  const auto where = static_cast<transport::link_id>(link);
  const auto* who = hub_.end_of(where).peer;
  if (who == nullptr) {
    who = listener_.publisher_at(where);
  }
  return who == nullptr
             ? std::nullopt
             : std::optional{passing_peer{who->id.to_string(), who->service, who->instance}};
}

std::string link_names::method_of(std::uint64_t link, std::uint64_t id) const {
  const auto where = static_cast<transport::link_id>(link);
  return hub_.end_of(where).dialled ? client_.method_of(id) : server_.method_of(where, id);
}

}  // namespace kith::detail
