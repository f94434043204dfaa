// SPDX-License-Identifier: MPL-2.0
#include "security/service_keys.hpp"

#include <algorithm>
#include <utility>

#include "base/name.hpp"
#include "security/layout.hpp"

namespace kith::security {
namespace {

constexpr std::uint8_t keys_version = 1;
constexpr std::size_t name_offset = 1 + 2 * key_size;

tl::unexpected<flaw> bad_keys(const std::string& what) {
  return flawed(flaw_kind::malformed, "the secret keys: " + what);
}

tl::unexpected<flaw> bad_request(const std::string& what, const std::string& field) {
  return flawed(flaw_kind::malformed, "the request: " + what, field);
}

}  // namespace

judged<secret> encode(const service_keys& keys) {
  if (!is_name(keys.service())) {
    return flawed(flaw_kind::malformed,
                  "a service has 1 to 64 letters, digits, dots, dashes and underscores", "service");
  }
  secret octets{name_offset + 1 + keys.service().size()};
  auto* at = octets.data();
  *at++ = keys_version;
  at = std::copy(keys.curve_secret().begin(), keys.curve_secret().end(), at);
  const auto seed = keys.signing().seed();
  at = std::copy(seed.begin(), seed.end(), at);
  *at++ = static_cast<unsigned char>(keys.service().size());
  std::copy(keys.service().begin(), keys.service().end(), at);
  return octets;
}

judged<service_keys> decode_service_keys(byte_view octets) {
  layout_reader in{octets};
  const auto version = in.integer(1);
  const auto curve_secret = in.take(key_size);
  const auto seed = in.take(key_size);
  const std::string service{in.text()};
  if (!octets.empty() && version != keys_version) {
    return flawed(
        flaw_kind::unsupported_version,
        "the secret keys have version " + std::to_string(version) + ", this kith knows 1");
  }
  if (!in.ok() || !in.rest().empty()) {
    return bad_keys("they are cut short, or too long");
  }
  if (!is_name(service)) {
    return bad_keys("the service is no name");
  }
  return service_keys{service, curve_secret, seed};
}

judged<bytes> encode(const certificate_request& what) {
  if (!is_name(what.service)) {
    return bad_request("the service is no name", "service");
  }
  bytes out{view_of(what.beacon_key)};
  out += view_of(what.curve_key);
  put_moment(out, what.made_at);
  put_text(out, what.service);
  return out;
}

judged<certificate_request> decode_request(byte_view statement) {
  layout_reader in{statement};
  certificate_request out;
  in.octets(out.beacon_key);
  in.octets(out.curve_key);
  out.made_at = in.moment();
  out.service = in.text();
  if (!in.ok() || !in.rest().empty()) {
    return bad_request("it is cut short or too long, or was made after the year 9999", "");
  }
  if (out.curve_key == key_octets{}) {
    return bad_request("the CURVE key is zero", "curve_key");
  }
  if (!is_name(out.service)) {
    return bad_request("the service is no name", "service");
  }
  return out;
}

judged<bytes> sign_request(const service_keys& keys, std::chrono::sys_seconds now) {
  const certificate_request what{keys.signing().public_half(), keys.curve_key(), now,
                                 keys.service()};
  return encode(what).and_then([&](const bytes& statement) {
    return seal_statement(request_kind, statement, keys.signing());
  });
}

judged<certificate_request> open_request(byte_view octets) {
  key_octets signer{};
  const auto named = octets.substr(std::min(octets.size(), statement_offset), key_size);
  std::copy(named.begin(), named.end(), signer.begin());
  const auto statement = open_statement(request_kind, octets, signer);
  if (!statement) {
    auto why = statement.error();
    if (why.kind == flaw_kind::bad_signature) {
      why.message = "the request was changed since it was made: kith trust request makes another";
    }
    return tl::make_unexpected(std::move(why));
  }
  return decode_request(*statement);
}

}  // namespace kith::security
