// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which database calls to a service go to, when its instances work on different ones.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "routing/database_choice.hpp"
#include "rpc/instance_source.hpp"

namespace kith::detail {

class service_databases {
 public:
  explicit service_databases(log_sink& log) : log_{log} {}

  /// Marks those on another database than the one that calls go to: on `own`, when the caller is an
  /// instance of that service itself and names one. Says so when that begins or changes. `voters`:
  /// all that live, whether they can be called now or not; a link that breaks decides nothing.
  void mark(const std::string& service, std::string_view own,
            std::span<const routing::database_user> voters,
            std::vector<rpc::candidate_instance>& instances);

 private:
  struct chosen {
    std::string database;
    std::uint64_t oldest_met = UINT64_MAX;  ///< incarnation of the oldest voter so far
    bool told = false;                      ///< that there are others
  };
  void tell(const std::string& service, const chosen& now, std::size_t others, std::size_t all);

  log_sink& log_;
  std::map<std::string, chosen> services_;
};

}  // namespace kith::detail
