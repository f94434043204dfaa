// SPDX-License-Identifier: MPL-2.0
#include "kith/base/own_keys.hpp"

#include "node/key_file.hpp"
#include "node/trust/trust_directory.hpp"
#include "security/trust_store.hpp"

namespace kith::tool {
namespace {

using shared_ring = std::shared_ptr<const security::keyring>;

result<shared_ring> keys_of_trust(const key_places& places, std::chrono::sys_seconds now) {
  auto look = look_at_trust(places, now);
  if (!look) {
    return tl::make_unexpected(look.error());
  }
  return look->ring ? result<shared_ring>{std::move(look->ring)}
                    : fail(errc::bad_config, look->nobody);
}

template <class Take>
void take_files(const std::vector<trust_file>& files, trust_look& into, Take take) {
  for (const auto& [path, octets] : files) {
    if (const auto taken = take(octets); !taken) {
      into.refused.push_back(
          {path, std::string{name_of(taken.error().kind)}, taken.error().message});
    }
  }
}

}  // namespace

result<trust_look> look_at_trust(const key_places& places, std::chrono::sys_seconds now) {
  trust_directory directory{places.trust, places.as};
  auto reading = directory.read();
  if (!reading) {
    return tl::make_unexpected(reading.error());
  }
  if (!reading->root) {
    return fail(errc::bad_config, places.trust +
                                      " has no root.pub: copy it from where kith trust "
                                      "init made the root");
  }
  trust_look look;
  look.domain = reading->root->domain;
  for (const auto& flaw : reading->flaws) {
    look.refused.push_back({places.trust, {}, flaw});
  }
  security::trust_store store{*reading->root};
  for (auto& own : reading->keys) {
    store.take_keys(std::move(own));
  }
  // First the list: what it ends is not taken then.
  take_files(reading->revocations, look,
             [&](const bytes& octets) { return store.take_revocations(octets); });
  take_files(reading->certificates, look, [&](const bytes& octets) {
    const auto taken = store.take_certificate(octets, now);
    // The store keeps one that is not valid yet: it will be.
    return taken ? security::check(octets, *reading->root, nullptr, now).map([](const auto&) {})
                 : security::judged<void>{tl::unexpect, taken.error()};
  });
  if (const auto own = store.own(now)) {
    look.service = (*own)->service;
    look.ends = (*own)->not_after;
  } else {
    look.nobody = own.error().message;
  }
  if (auto ring = store.ring(now)) {
    look.ring = std::make_shared<const security::keyring>(std::move(*ring));
  }
  return look;
}

result<std::shared_ptr<const security::keyring>> own_keys(const key_places& places,
                                                          std::chrono::sys_seconds now) {
  return !places.trust.empty()  ? keys_of_trust(places, now)
         : !places.keys.empty() ? read_key_file(places.keys)
                                : result<shared_ring>{};
}

}  // namespace kith::tool
