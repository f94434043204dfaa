// SPDX-License-Identifier: MPL-2.0
// Any octets as a request, and their end as what a service has signed. What is accepted is written
// the same again. A request's text is read as any file of kith trust.

#include "security/armour.hpp"
#include "security/service_keys.hpp"
#include "signed_octets.hpp"

namespace {

using namespace kith::fuzz;
using namespace kith::security;

void read_statement(kith::byte_view statement) {
  if (const auto read = decode_request(statement)) {
    expect_same_again(*read, statement);
  }
}

void read_text(std::string_view text) {
  const auto read = from_armour(text);
  if (read) {
    const auto again = to_armour(read->label, read->octets.view());
    const auto twice = from_armour(again.view());
    expect(twice && twice->octets.view() == read->octets.view());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto octets = octets_at(data, size);
  if (const auto read = open_request(octets)) {
    expect(size <= request_kind.limit);
    expect_same_again(*read, octets.substr(statement_offset));
  }
  read_statements(octets, read_statement);
  const auto keys = decode_service_keys(octets);
  expect(!keys || encode(*keys)->view() == octets);
  if (const auto trusted = decode_trust_root(octets)) {
    expect_same_again(*trusted, octets);
  }
  read_text(octets);
  return 0;
}
