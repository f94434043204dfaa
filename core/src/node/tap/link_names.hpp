// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who is at the other end of a link, and what is called on it, as the layers above the transport
// know it: for taps.

#include <optional>
#include <string>

#include "events/listener.hpp"
#include "node/tap/tap_reader.hpp"
#include "peers/hub.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"

namespace kith::detail {

class link_names final : public tap_lookup {
 public:
  link_names(const peers::hub& hub, const events::listener& listener, const rpc::client& client,
             const rpc::server& server)
      : hub_{hub}, listener_{listener}, client_{client}, server_{server} {}

  [[nodiscard]] std::optional<passing_peer> peer_at(std::uint64_t link) const override;
  [[nodiscard]] std::string method_of(std::uint64_t link, std::uint64_t id) const override;

 private:
  const peers::hub& hub_;
  const events::listener& listener_;
  const rpc::client& client_;
  const rpc::server& server_;
};

}  // namespace kith::detail
