// SPDX-License-Identifier: MPL-2.0
#include "security/trust_store.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace kith::security {
namespace {

using shared_certificate = std::shared_ptr<const certificate>;

bool newer(const shared_certificate& a, const shared_certificate& b) noexcept {
  return std::tie(a->not_before, a->not_after, a->serial) >
         std::tie(b->not_before, b->not_after, b->serial);
}

/// By service, then the newest first.
bool tried_before(const known_key& a, const known_key& b) noexcept {
  return a.name != b.name ? a.name < b.name : newer(a.certificates.front(), b.certificates.front());
}

}  // namespace

trust_store::trust_store(trust_root root, trust_store_limits limits)
    : root_{std::move(root)}, limits_{limits}, revoked_{root_.domain} {}

void trust_store::take_keys(service_keys keys) {
  const bool known = std::any_of(own_.begin(), own_.end(), [&](const service_keys& one) {
    return one.curve_key() == keys.curve_key() && one.service() == keys.service();
  });
  if (known) {
    return;
  }
  if (own_.size() >= limits_.most_own_keys) {
    own_.erase(own_.begin());
  }
  own_.push_back(std::move(keys));
}

judged<bool> trust_store::take_certificate(byte_view octets, std::chrono::sys_seconds now) {
  if (octets.size() > certificate_kind.limit) {
    return tl::make_unexpected(open_certificate(octets, root_).error());
  }
  const auto named = hash_of(octets);
  if (by_hash_.contains(named)) {
    return false;
  }
  auto opened = open_certificate(octets, root_);
  if (!opened) {
    return tl::make_unexpected(std::move(opened.error()));
  }
  const auto good = check_standing(*opened, &revoked_, now, limits_.skew);
  if (!good && good.error().kind != flaw_kind::not_yet_valid) {
    return tl::make_unexpected(good.error());
  }
  const auto [first, last] = by_key_.equal_range(opened->curve_key);
  const auto other = std::find_if(first, last, [&](const auto& row) {
    return row.second->service != opened->service && counts(*row.second, now);
  });
  if (other != last) {
    return flawed(flaw_kind::malformed,
                  "the certificate of " + title_of(*opened) + " is for a key that stands for " +
                      title_of(*other->second) + " already: kith trust request makes its own keys",
                  "curve_key");
  }
  if (by_hash_.size() >= limits_.most_certificates) {
    drop_ended(now);
  }
  if (by_hash_.size() >= limits_.most_certificates) {
    return flawed(flaw_kind::too_large, "the certificate of " + title_of(*opened) +
                                            " is one too many: there are " +
                                            std::to_string(by_hash_.size()) + " already");
  }
  const auto made = std::make_shared<const certificate>(std::move(*opened));
  by_hash_.emplace(named, held{made, std::make_shared<const bytes>(octets)});
  by_key_.emplace(made->curve_key, made);
  return true;
}

judged<bool> trust_store::take_revocations(byte_view octets) {
  auto heard = open_revocation_list(octets, root_);
  if (!heard) {
    return tl::make_unexpected(std::move(heard.error()));
  }
  if (!supersedes(*heard, revoked_)) {
    return false;
  }
  revoked_ = std::move(*heard);
  revocation_octets_ = std::make_shared<const bytes>(octets);
  return true;
}

bool trust_store::counts(const certificate& what, std::chrono::sys_seconds now) const {
  return check_standing(what, &revoked_, now, limits_.skew).has_value();
}

std::optional<known_key> trust_store::holder_of(const key_octets& curve_key,
                                                std::chrono::sys_seconds now) const {
  std::vector<shared> standing;
  const auto [first, last] = by_key_.equal_range(curve_key);
  for (auto at = first; at != last; ++at) {
    if (counts(*at->second, now)) {
      standing.push_back(at->second);
    }
  }
  if (standing.empty()) {
    return std::nullopt;
  }
  std::sort(standing.begin(), standing.end(), newer);
  std::string name = standing.front()->service;
  return known_key{std::move(name), z85_of(view_of(curve_key)), std::move(standing)};
}

std::vector<known_key> trust_store::all_keys(std::chrono::sys_seconds now) const {
  std::vector<known_key> all;
  for (auto at = by_key_.begin(); at != by_key_.end(); at = by_key_.upper_bound(at->first)) {
    if (auto holder = holder_of(at->first, now)) {
      all.push_back(std::move(*holder));
    }
  }
  std::sort(all.begin(), all.end(), tried_before);
  return all;
}

const service_keys* trust_store::own_keys_of(const certificate& what) const noexcept {
  const auto found = std::find_if(own_.begin(), own_.end(), [&](const service_keys& one) {
    return one.curve_key() == what.curve_key && one.service() == what.service;
  });
  return found == own_.end() ? nullptr : &*found;
}

judged<shared_certificate> trust_store::own(std::chrono::sys_seconds now) const {
  shared newest;
  for (const auto& [key, one] : by_key_) {
    if (own_keys_of(*one) != nullptr && counts(*one, now) && (!newest || newer(one, newest))) {
      newest = one;
    }
  }
  return newest ? judged<shared>{std::move(newest)} : nobody(now);
}

judged<shared_certificate> trust_store::nobody(std::chrono::sys_seconds now) const {
  if (own_.empty()) {
    return flawed(flaw_kind::missing, "there are no own keys: kith trust request makes them",
                  "keys");
  }
  shared last;
  for (const auto& [key, one] : by_key_) {
    if (own_keys_of(*one) != nullptr && (!last || newer(one, last))) {
      last = one;
    }
  }
  if (last) {
    return tl::make_unexpected(check_standing(*last, &revoked_, now, limits_.skew).error());
  }
  const auto& service = own_.back().service();
  return flawed(flaw_kind::missing,
                "no certificate is for the keys of " + service + ": kith trust sign " + service +
                    ".req makes one, where the root is",
                "certificate");
}

judged<keyring> trust_store::ring(std::chrono::sys_seconds now) const {
  const auto ours = own(now);
  if (own_.empty()) {
    return tl::make_unexpected(ours.error());
  }
  const auto& keys = ours ? *own_keys_of(**ours) : own_.back();
  auto self = holder_of(keys.curve_key(), now)
                  .value_or(known_key{keys.service(), z85_of(view_of(keys.curve_key()))});
  key_pair pair{self.key, z85_of(keys.curve_secret())};
  return keyring{std::move(pair), std::move(self), all_keys(now), all_beacon_keys(now)};
}

beacon_keys trust_store::all_beacon_keys(std::chrono::sys_seconds now) const {
  beacon_keys made;
  const auto ours = own(now);
  for (const auto& [named, one] : by_hash_) {
    if (counts(*one.what, now)) {
      made.known.emplace(named, one.what);
    }
    if (ours && one.what == *ours) {
      made.own = beacon_signer{
          named, std::make_shared<const signing_key>(own_keys_of(*one.what)->signing().seed())};
    }
  }
  return made;
}

trust_stock trust_store::stock(std::chrono::sys_seconds now) const {
  trust_stock made;
  made.revocations = revoked_.number();
  made.revocation_list = revocation_octets_;
  for (const auto& [named, one] : by_hash_) {
    if (counts(*one.what, now)) {
      made.certificates.emplace_hint(made.certificates.end(), named, one.octets);
    }
  }
  made.digest = digest_of(made.certificates);
  return made;
}

void trust_store::drop_ended(std::chrono::sys_seconds now) {
  const auto ended = [&](const certificate& one) {
    return revoked_.contains(one.serial) || now - limits_.skew > one.not_after;
  };
  std::erase_if(by_hash_, [&](const auto& row) { return ended(*row.second.what); });
  std::erase_if(by_key_, [&](const auto& row) { return ended(*row.second); });
}

}  // namespace kith::security
