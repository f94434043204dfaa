// SPDX-License-Identifier: MPL-2.0
// Any octets as a revocation list, and their end as what a root has signed. What is accepted is
// written the same again, and finds each of its serials.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "security/revocation_list.hpp"

namespace {

using namespace kith::security;

void expect(bool good) {
  if (!good) {
    std::abort();
  }
}

void read_statement(kith::byte_view statement) {
  const auto read = decode_revocation_list(statement);
  if (!read) {
    return;
  }
  const auto again = encode(*read);
  expect(again && *again == statement);
  expect(read->entries().size() <= most_revoked);
  for (const auto& one : read->entries()) {
    expect(read->contains(one.serial));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kith::byte_view octets{reinterpret_cast<const char*>(data), size};
  static const signing_key root_key{std::string(key_size, 'R')};
  const auto read = open_revocation_list(octets, {"plant", root_key.public_half()});
  if (read) {
    expect(size <= revocation_kind.limit && read->domain() == "plant");
  }
  read_statement(octets);
  if (size > statement_offset) {
    read_statement(octets.substr(statement_offset));
  }
  return 0;
}
