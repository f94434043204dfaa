// SPDX-License-Identifier: MPL-2.0
#include "security/node_mark.hpp"

#include <algorithm>

#include "security/keys.hpp"

namespace kith::security {
namespace {

constexpr std::string_view context_of_marks{"kith node id\0", 13};

}  // namespace

void mark(node_id& id, std::string_view service) {
  const auto hash = hash_of(bytes{context_of_marks}.append(service));
  std::copy_n(hash.begin(), mark_size, id.octets.end() - mark_size);
}

bool is_marked(const node_id& id, std::string_view service) {
  node_id wanted = id;
  mark(wanted, service);
  return wanted == id;
}

}  // namespace kith::security
