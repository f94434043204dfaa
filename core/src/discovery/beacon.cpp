// SPDX-License-Identifier: MPL-2.0
#include "discovery/beacon.hpp"

#include "base/endpoint.hpp"
#include "base/name.hpp"
#include "base/octet_layout.hpp"

namespace kith::discovery {
namespace {

constexpr std::string_view magic = "KITH";
constexpr std::size_t fixed_octets = 38;  // before the texts

result<void> check(const beacon& what) {
  if (what.id.is_nil()) {
    return fail(errc::malformed, "beacon: the node id is zero", outcome::not_sent, "id");
  }
  if (!is_name(what.domain)) {
    return fail(errc::malformed, "beacon: the domain is no name", outcome::not_sent, "domain");
  }
  if (!what.service.empty() && !is_name(what.service)) {
    return fail(errc::malformed, "beacon: the service is no name", outcome::not_sent, "service");
  }
  if (!is_name(what.instance)) {
    return fail(errc::malformed, "beacon: the instance is no name", outcome::not_sent, "instance");
  }
  const auto inbox = endpoint::parse(what.inbox);
  if (!inbox || (inbox->kind == endpoint::scheme::tcp && !inbox->port)) {
    return fail(errc::malformed, "beacon: the inbox is no address to dial", outcome::not_sent,
                "inbox");
  }
  return {};
}

}  // namespace

bool looks_like_beacon(byte_view datagram) noexcept {
  return datagram.size() >= beacon_minimum && datagram.size() <= beacon_limit &&
         datagram.substr(0, magic.size()) == magic &&
         static_cast<std::uint8_t>(datagram[magic.size()]) == beacon_version;
}

std::size_t signed_octets(const beacon& what) noexcept {
  std::size_t size = fixed_octets;
  for (const auto* text :
       {&what.domain, &what.service, &what.instance, &what.inbox, &what.identity}) {
    size += 1 + text->size();
  }
  return size;
}

result<bytes> encode(const beacon& what) {
  if (auto good = check(what); !good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  bytes out{magic};
  put_integer(out, beacon_version);
  put_integer(out, std::uint8_t{0});
  out += what.id.bytes();
  put_integer(out, what.incarnation);
  put_integer(out, what.sequence);
  put_integer(out, what.ttl_ms);
  for (const auto* text : {&what.domain, &what.service, &what.instance, &what.inbox, &what.identity,
                           &what.signature}) {
    if (text->size() > longest_text) {
      return fail(errc::too_large,
                  "beacon: a text of " + std::to_string(text->size()) + " octets; at most 255");
    }
    put_text(out, *text);
  }
  if (out.size() > beacon_limit) {
    return fail(errc::too_large, "beacon: " + std::to_string(out.size()) +
                                     " octets; at most 512: shorten instance or service");
  }
  return out;
}

result<beacon> decode(byte_view datagram) {
  if (datagram.size() > beacon_limit) {
    return fail(errc::too_large, "beacon: " + std::to_string(datagram.size()) + " octets");
  }
  octet_reader in{datagram};
  if (in.take(magic.size()) != magic) {
    return fail(errc::malformed, "beacon: it does not begin with KITH");
  }
  if (const auto version = in.integer(1); in.ok() && version != beacon_version) {
    return fail(errc::unsupported_version, "beacon: version " + std::to_string(version));
  }
  in.take(1);  // flags
  beacon out;
  const auto id = node_id::from_bytes(in.take(out.id.octets.size()));
  out.incarnation = in.integer(8);
  out.sequence = static_cast<std::uint32_t>(in.integer(4));
  out.ttl_ms = static_cast<std::uint32_t>(in.integer(4));
  for (auto* text :
       {&out.domain, &out.service, &out.instance, &out.inbox, &out.identity, &out.signature}) {
    *text = in.text();
  }
  if (!in.ok() || !id) {
    return fail(errc::malformed,
                "beacon: cut short at " + std::to_string(datagram.size()) + " octets");
  }
  out.id = *id;
  if (auto good = check(out); !good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  return out;
}

}  // namespace kith::discovery
