// SPDX-License-Identifier: MPL-2.0
// Any octets as a request, and their end as what a service has signed. What is accepted is written
// the same again. A request's text is read as any file of kith trust.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "security/armour.hpp"
#include "security/service_keys.hpp"
#include "security/trust_root.hpp"

namespace {

using namespace kith::security;

void expect(bool good) {
  if (!good) {
    std::abort();
  }
}

void read_statement(kith::byte_view statement) {
  const auto read = decode_request(statement);
  if (read) {
    const auto again = encode(*read);
    expect(again && *again == statement);
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
  const kith::byte_view octets{reinterpret_cast<const char*>(data), size};
  const auto read = open_request(octets);
  if (read) {
    expect(size <= request_kind.limit);
    expect(*encode(*read) == octets.substr(statement_offset));
  }
  read_statement(octets);
  if (size > statement_offset) {
    read_statement(octets.substr(statement_offset));
  }
  const auto keys = decode_service_keys(octets);
  expect(!keys || encode(*keys)->view() == octets);
  const auto root = decode_trust_root(octets);
  expect(!root || *encode(*root) == octets);
  read_text(octets);
  return 0;
}
