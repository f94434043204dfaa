// SPDX-License-Identifier: MPL-2.0
// Any octets as a certificate, and their end as what a root has signed. What is accepted is written
// the same again, and gives no prefix of a name that it does not give.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "security/certificate.hpp"
#include "security/revocation_list.hpp"

namespace {

using namespace kith::security;

void expect(bool good) {
  if (!good) {
    std::abort();
  }
}

void read_statement(kith::byte_view statement) {
  const auto read = decode_certificate(statement);
  if (!read) {
    return;
  }
  const auto again = encode(*read);
  expect(again && *again == statement);
  for (const auto& one : read->calls.list()) {
    expect(one == "*" || read->may_call(one));
    expect(!read->calls.cover_all(one) || read->may_call(one));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The keys of docs/protocol-vectors.json.
  static const signing_key root_key{[] {
    std::string seed;
    for (char octet = 0; octet < 32; ++octet) {
      seed += octet;
    }
    return seed;
  }()};
  static const trust_root root{"plant", root_key.public_half()};
  const kith::byte_view octets{reinterpret_cast<const char*>(data), size};
  const std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'060}};
  const auto read = check(octets, root, nullptr, now);
  if (read) {
    expect(size <= certificate_kind.limit && read->domain == "plant");
    expect(*encode(*read) == octets.substr(statement_offset));
  }
  read_statement(octets);
  if (size > statement_offset) {
    read_statement(octets.substr(statement_offset));
  }
  return 0;
}
