// SPDX-License-Identifier: MPL-2.0
#include "security/trust_root.hpp"

#include <utility>

#include <sodium.h>

#include "base/name.hpp"
#include "security/layout.hpp"

namespace kith::security {
namespace {

constexpr std::uint8_t root_version = 1;
constexpr sealing_cost least_cost{1, 8};
constexpr std::size_t salt_size = crypto_pwhash_SALTBYTES;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(sealing_chance == salt_size + nonce_size);

const unsigned char* octets_in(byte_view view) noexcept {
  return reinterpret_cast<const unsigned char*>(view.data());
}

tl::unexpected<flaw> no_domain() {
  return flawed(flaw_kind::malformed,
                "a domain has 1 to 64 letters, digits, dots, dashes and underscores", "domain");
}

tl::unexpected<flaw> bad_root(std::uint64_t version, bool cut) {
  return !cut && version != root_version
             ? flawed(flaw_kind::unsupported_version,
                      "the root has version " + std::to_string(version) + ", this kith knows 1")
             : flawed(flaw_kind::malformed, "the root is cut short, or too long");
}

bool is_affordable(sealing_cost cost) noexcept {
  return cost.passes >= least_cost.passes && cost.passes <= most_cost.passes &&
         cost.memory_kib >= least_cost.memory_kib && cost.memory_kib <= most_cost.memory_kib;
}

judged<secret> sealing_key(byte_view passphrase, byte_view salt, sealing_cost cost) {
  if (!is_affordable(cost)) {
    return flawed(flaw_kind::malformed, "the cost of the passphrase is out of its range", "cost");
  }
  if (sodium_init() < 0) {
    return flawed(flaw_kind::too_large, "libsodium finds no source of chance");
  }
  secret key{crypto_aead_xchacha20poly1305_ietf_KEYBYTES};
  if (crypto_pwhash(key.data(), key.size(), passphrase.data(), passphrase.size(), octets_in(salt),
                    cost.passes, std::size_t{1024} * cost.memory_kib,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return flawed(flaw_kind::too_large, "the passphrase takes " +
                                            std::to_string(cost.memory_kib / 1024) +
                                            " MiB of memory, which are not free");
  }
  return key;
}

bytes head_of(const std::string& domain, const key_octets& key, byte_view chance,
              sealing_cost cost) {
  bytes head;
  put_integer(head, root_version);
  head += view_of(key);
  put_integer(head, cost.passes);
  put_integer(head, cost.memory_kib);
  head += chance;
  put_text(head, domain);
  return head;
}

}  // namespace

judged<bytes> encode(const trust_root& root) {
  if (!is_name(root.domain)) {
    return no_domain();
  }
  bytes octets;
  put_integer(octets, root_version);
  octets += view_of(root.key);
  put_text(octets, root.domain);
  return octets;
}

judged<trust_root> decode_trust_root(byte_view octets) {
  layout_reader in{octets};
  trust_root root;
  const auto version = in.integer(1);
  in.octets(root.key);
  root.domain = in.text();
  if (!in.ok() || !in.rest().empty() || version != root_version) {
    return bad_root(version, octets.empty());
  }
  if (!is_name(root.domain)) {
    return no_domain();
  }
  return root;
}

judged<bytes> seal_root(const std::string& domain, const signing_key& key, byte_view passphrase,
                        byte_view chance, sealing_cost cost) {
  if (!is_name(domain)) {
    return no_domain();
  }
  const auto sealing = sealing_key(passphrase, chance.substr(0, salt_size), cost);
  if (!sealing) {
    return tl::make_unexpected(sealing.error());
  }
  bytes octets = head_of(domain, key.public_half(), chance, cost);
  const auto size = octets.size();
  octets.resize(size + key_size + tag_size);
  auto* const begin = reinterpret_cast<unsigned char*>(octets.data());
  crypto_aead_xchacha20poly1305_ietf_encrypt(begin + size, nullptr, octets_in(key.seed()), key_size,
                                             begin, size, nullptr,
                                             octets_in(chance.substr(salt_size)), sealing->data());
  return octets;
}

judged<opened_root> unseal_root(byte_view octets, byte_view passphrase) {
  layout_reader in{octets};
  trust_root root;
  const auto version = in.integer(1);
  in.octets(root.key);
  sealing_cost cost;
  cost.passes = static_cast<std::uint32_t>(in.integer(4));
  cost.memory_kib = static_cast<std::uint32_t>(in.integer(4));
  const auto salt = in.take(salt_size);
  const auto nonce = in.take(nonce_size);
  root.domain = in.text();
  const auto head = octets.substr(0, octets.size() - in.rest().size());
  const auto sealed = in.take(key_size + tag_size);
  if (!in.ok() || !in.rest().empty() || version != root_version) {
    return bad_root(version, octets.empty());
  }
  const auto sealing = sealing_key(passphrase, salt, cost);
  if (!sealing) {
    return tl::make_unexpected(sealing.error());
  }
  secret seed{key_size};
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(seed.data(), nullptr, nullptr, octets_in(sealed),
                                                 sealed.size(), octets_in(head), head.size(),
                                                 octets_in(nonce), sealing->data()) != 0) {
    return flawed(flaw_kind::wrong_passphrase,
                  "the passphrase is not that of this root, or its file was changed");
  }
  signing_key key{seed.view()};
  if (key.public_half() != root.key || !is_name(root.domain)) {
    return flawed(flaw_kind::malformed, "the root's secret and public half are not a pair", "key");
  }
  return opened_root{std::move(root), std::move(key)};
}

}  // namespace kith::security
