// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a node offers: its methods, which the server runs, and its topics.

#include <cstddef>
#include <string_view>
#include <vector>

#include <kith/contract.hpp>
#include <kith/identity.hpp>

#include "rpc/server.hpp"
#include "wire/limits.hpp"

namespace kith::detail {

class offers {
 public:
  offers(rpc::server& server, const wire::limits& bounds) : server_{server}, bounds_{bounds} {}

  /// \throws failure (bad_config) what is not allowed in a hello, (already_exists) the name is
  /// taken
  void add_method(served_method method);
  void add_topic(topic_schema topic);
  /// Says in `self` what is offered.
  void describe_in(node_description& self) const;
  [[nodiscard]] std::vector<method_schema> methods() const { return server_.schemas(); }
  [[nodiscard]] const std::vector<topic_schema>& topics() const noexcept { return topics_; }

 private:
  void check(std::string_view kind, std::string_view name, std::size_t before) const;

  rpc::server& server_;
  const wire::limits& bounds_;
  std::vector<topic_schema> topics_;
};

}  // namespace kith::detail
