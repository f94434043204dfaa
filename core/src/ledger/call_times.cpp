// SPDX-License-Identifier: MPL-2.0
#include "ledger/call_times.hpp"

#include "ledger/books.hpp"

namespace kith::ledger {

void call_times::add_failure(errc code) {
  ++failed[kith::name_of(code) == "unknown" ? errc{} : code];
}

call_times& method_times::open(direction d, std::string_view method) {
  auto& methods = tables_[static_cast<std::size_t>(d)];
  if (const auto found = methods.find(method); found != methods.end()) {
    return found->second;
  }
  return methods[std::string{methods.size() < most ? method : books::others}];
}

}  // namespace kith::ledger
