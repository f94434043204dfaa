// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who may be asked for a service, as the members of the domain tell it.

#include <cstdint>
#include <string_view>
#include <vector>

#include <kith/identity.hpp>

namespace kith::rpc {

struct candidate_instance {
  const node_description* peer = nullptr;
  bool suspect = false;
  bool other_database = false;  ///< than those of its service that calls go to
};

class instance_source {
 public:
  virtual ~instance_source() = default;
  /// Appends the greeted instances of `service` that are in rotation or suspect.
  virtual void instances_of(std::string_view service,
                            std::vector<candidate_instance>& into) const = 0;
  /// Changes whenever an answer of `instances_of` may: until then it, and what it points to, stays.
  [[nodiscard]] virtual std::uint64_t version() const noexcept = 0;
  /// A call waits, and whom `instances_of` gives is not enough: opens links to instances that have
  /// none and may offer `method`. False when there are no such.
  virtual bool open_more(std::string_view service, std::string_view method) = 0;
  /// A call waits for a link to that node.
  virtual void open_link(const node_id& to) = 0;
};

}  // namespace kith::rpc
