// SPDX-License-Identifier: MPL-2.0
#include "rpc/served_methods.hpp"

#include <utility>

#include "base/reserved_names.hpp"

namespace kith::rpc {

bool served_methods::add(detail::served_method method) {
  const std::string name = method.schema.name;
  auto& counters = books_.open(ledger::scope::method, ledger::direction::inbound, name);
  auto* const items = method.stream
                          ? &books_.open(ledger::scope::stream, ledger::direction::outbound, name)
                          : nullptr;
  return rows_
      .try_emplace(name, registered_method{std::move(method), &counters, is_reserved(name), items})
      .second;
}

std::vector<offered> served_methods::offers() const {
  std::vector<offered> list;
  for (const auto& [name, row] : rows_) {
    if (!row.reserved) {
      list.push_back({name, row.method.schema.fingerprint});
    }
  }
  return list;
}

std::vector<method_schema> served_methods::schemas() const {
  std::vector<method_schema> list;
  for (const auto& [name, row] : rows_) {
    list.push_back(row.method.schema);
  }
  return list;
}

}  // namespace kith::rpc
