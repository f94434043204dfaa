// SPDX-License-Identifier: MPL-2.0
#include "security/authority.hpp"

#include <algorithm>

#include "base/reserved_names.hpp"

namespace kith::security {
namespace {

// How members of a domain keep each other known, what a node offers, and how a log is read: by
// those who may subscribe to what they read, which the log's own methods ask.
constexpr std::string_view methods_of_all[] = {"kith.describe", "kith.gossip",   "kith.log_extent",
                                               "kith.log_read", "kith.may_hear", "kith.probe",
                                               "kith.trust"};

/// The answer to a subscription, and that a log has grown: numbers, and nothing of an event.
bool is_for_all(std::string_view topic) noexcept {
  return topic.starts_with(nonce_prefix) || topic.starts_with(log_hint_prefix);
}

template <class Gives>
bool is_given(const known_key& who, Gives gives) {
  return who.unlimited || std::any_of(who.certificates.begin(), who.certificates.end(),
                                      [&](const auto& one) { return gives(*one); });
}

}  // namespace

bool may_provide(const known_key& who, std::string_view method) noexcept {
  return is_reserved(method) ||
         is_given(who, [&](const certificate& one) { return one.may_provide(method); });
}

bool may_call(const known_key& who, std::string_view method) noexcept {
  return std::find(std::begin(methods_of_all), std::end(methods_of_all), method) !=
             std::end(methods_of_all) ||
         is_given(who, [&](const certificate& one) { return one.may_call(method); });
}

bool may_publish(const known_key& who, std::string_view topic) noexcept {
  return is_for_all(topic) ||
         is_given(who, [&](const certificate& one) { return one.may_publish(topic); });
}

bool may_subscribe(const known_key& who, std::string_view filter) noexcept {
  const bool whole = filter.ends_with('\0');
  return (whole && is_for_all(filter)) ||
         is_given(who, [&](const certificate& one) { return one.may_subscribe(filter); });
}

}  // namespace kith::security
