// SPDX-License-Identifier: MPL-2.0
#include "security/keyring.hpp"

#include <algorithm>
#include <utility>

#include "base/config_parse.hpp"
#include "base/name.hpp"
#include "security/keys.hpp"

namespace kith::security {
namespace {

constexpr std::size_t key_characters = 40;
constexpr std::size_t most_keys = 4096;

tl::unexpected<error> wrong(std::string_view where, std::string_view what) {
  return fail(errc::bad_config, std::string{where} + ": " + std::string{what});
}

result<void> check_key(std::string_view name, std::string_view key, std::string_view origin) {
  if (key.size() != key_characters) {
    return wrong(origin, std::string{name} + ": a key has 40 characters, this one has " +
                             std::to_string(key.size()));
  }
  if (!key_of_z85(key)) {
    return wrong(origin, std::string{name} + ": a key is 32 octets in Z85, this one is not");
  }
  return {};
}

std::string_view next_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
  const auto word = text.substr(0, text.find_first_of(" ,"));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

result<keyring> keyring::parse(std::string_view text, std::string_view file) {
  const auto lines = read_toml(text, file);
  if (!lines) {
    return tl::make_unexpected(lines.error());
  }
  keyring ring;
  for (const auto& [key, value, origin, list] : *lines) {
    const bool own = key == "own_public" || key == "own_secret";
    if (own) {
      (key == "own_public" ? ring.own_.public_key : ring.own_.secret_key) = value;
    }
    const auto good = own ? check_key(key, value, origin) : ring.add(key, value, origin);
    if (!good) {
      return tl::make_unexpected(good.error());
    }
  }
  if (ring.own_.public_key.empty() || ring.own_.secret_key.empty()) {
    return wrong(file,
                 "the node's own keys are missing: own_public = \"...\" and own_secret = "
                 "\"...\", 40 characters each");
  }
  return ring;
}

result<void> keyring::add(const std::string& name, std::string_view keys,
                          const std::string& origin) {
  if (!is_name(name)) {
    return wrong(origin,
                 "the name of a service has 1 to 64 letters, digits, dots, dashes and "
                 "underscores");
  }
  std::size_t count = 0;
  for (auto key = next_word(keys); !key.empty(); key = next_word(keys), ++count) {
    if (auto good = check_key(name, key, origin); !good) {
      return good;
    }
    if (const auto* const other = name_of(key)) {
      return wrong(origin, name + ": that key stands for " + *other +
                               " already; a key stands for one service");
    }
    if (known_.size() >= most_keys) {
      return wrong(origin, "more than " + std::to_string(most_keys) + " keys");
    }
    put({name, std::string{key}, {}, true});
  }
  return count > 0 ? result<void>{} : wrong(origin, name + ": its public key is missing");
}

keyring::keyring(key_pair own, known_key self, std::vector<known_key> known, beacon_keys beacons)
    : own_{std::move(own)}, self_{std::move(self)}, beacons_{std::move(beacons)} {
  for (auto& one : known) {
    put(std::move(one));
  }
}

void keyring::put(known_key one) {
  by_key_.emplace(one.key, known_.size());
  known_.push_back(std::move(one));
}

const certificate* keyring::by_hash(byte_view hash) const noexcept {
  certificate_hash wanted{};
  if (hash.size() != wanted.size()) {
    return nullptr;
  }
  std::copy(hash.begin(), hash.end(), wanted.begin());
  const auto found = beacons_.known.find(wanted);
  return found == beacons_.known.end() ? nullptr : found->second.get();
}

const known_key* keyring::find(std::string_view public_key) const noexcept {
  const auto found = by_key_.find(public_key);
  return found == by_key_.end() ? nullptr : &known_[found->second];
}

const std::string* keyring::name_of(std::string_view public_key) const noexcept {
  const auto* const found = find(public_key);
  return found == nullptr ? nullptr : &found->name;
}

}  // namespace kith::security
