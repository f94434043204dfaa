// SPDX-License-Identifier: MPL-2.0
#include "security/signed_octets.hpp"

#include <string>

#include "security/layout.hpp"

namespace kith::security {
namespace {

tl::unexpected<flaw> over_the_size(const signed_kind& kind, std::size_t size) {
  return flawed(flaw_kind::too_large, "the " + std::string{kind.name} + " has " +
                                          std::to_string(size) + " octets; at most " +
                                          std::to_string(kind.limit));
}

}  // namespace

bytes octets_to_sign(std::string_view context, byte_view statement) {
  bytes octets{context};
  octets += '\0';
  octets += statement;
  return octets;
}

judged<bytes> seal_statement(const signed_kind& kind, byte_view statement,
                             const signing_key& signer) {
  if (statement.size() + statement_offset > kind.limit) {
    return over_the_size(kind, statement.size() + statement_offset);
  }
  bytes octets;
  put_integer(octets, signed_version);
  octets += signer.sign(octets_to_sign(kind.context, statement));
  octets += statement;
  return octets;
}

judged<byte_view> open_statement(const signed_kind& kind, byte_view octets,
                                 const key_octets& signer) {
  if (octets.size() > kind.limit) {
    return over_the_size(kind, octets.size());
  }
  const std::string name{kind.name};
  if (octets.size() <= statement_offset) {
    return flawed(flaw_kind::malformed, "the " + name + " is cut short");
  }
  if (static_cast<std::uint8_t>(octets[0]) != signed_version) {
    return flawed(flaw_kind::unsupported_version,
                  "the " + name + " has version " +
                      std::to_string(static_cast<std::uint8_t>(octets[0])) +
                      ", this kith knows 1: install the kith that made it");
  }
  const auto statement = octets.substr(statement_offset);
  if (!verify(octets_to_sign(kind.context, statement), octets.substr(1, signature_size), signer)) {
    return flawed(flaw_kind::bad_signature, "the " + name + " was changed, or signed by another");
  }
  return statement;
}

}  // namespace kith::security
