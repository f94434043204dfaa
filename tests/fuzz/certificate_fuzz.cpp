// SPDX-License-Identifier: MPL-2.0
// Any octets as a certificate, and their end as what a root has signed. What is accepted is written
// the same again, and gives no prefix of a name that it does not give.

#include "security/certificate.hpp"
#include "security/revocation_list.hpp"
#include "signed_octets.hpp"

namespace {

using namespace kith::fuzz;
using namespace kith::security;

void read_statement(kith::byte_view statement) {
  const auto read = decode_certificate(statement);
  if (!read) {
    return;
  }
  expect_same_again(*read, statement);
  for (const auto& one : read->calls.list()) {
    expect(one == "*" || read->may_call(one));
    expect(!read->calls.cover_all(one) || read->may_call(one));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto octets = octets_at(data, size);
  const std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'060}};
  if (const auto read = check(octets, root(), nullptr, now)) {
    expect(size <= certificate_kind.limit && read->domain == "plant");
    expect_same_again(*read, octets.substr(statement_offset));
  }
  read_statements(octets, read_statement);
  return 0;
}
