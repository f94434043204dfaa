// SPDX-License-Identifier: MPL-2.0
// Any octets as a revocation list, and their end as what a root has signed. What is accepted is
// written the same again, and finds each of its serials.

#include "security/revocation_list.hpp"
#include "signed_octets.hpp"

namespace {

using namespace kith::fuzz;
using namespace kith::security;

void read_statement(kith::byte_view statement) {
  const auto read = decode_revocation_list(statement);
  if (!read) {
    return;
  }
  expect_same_again(*read, statement);
  expect(read->entries().size() <= most_revoked);
  for (const auto& one : read->entries()) {
    expect(read->contains(one.serial));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto octets = octets_at(data, size);
  if (const auto read = open_revocation_list(octets, root())) {
    expect(size <= revocation_kind.limit && read->domain() == "plant");
  }
  read_statements(octets, read_statement);
  return 0;
}
