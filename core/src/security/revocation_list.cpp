// SPDX-License-Identifier: MPL-2.0
#include "security/revocation_list.hpp"

#include <algorithm>
#include <utility>

#include "base/name.hpp"
#include "security/layout.hpp"

namespace kith::security {
namespace {

bool by_serial(const revoked_certificate& a, const revoked_certificate& b) noexcept {
  return a.serial < b.serial;
}

bool same_serial(const revoked_certificate& a, const revoked_certificate& b) noexcept {
  return a.serial == b.serial;
}

tl::unexpected<flaw> bad_list(const std::string& what, const std::string& field) {
  return flawed(flaw_kind::malformed, "the revocation list: " + what, field);
}

tl::unexpected<flaw> too_many(std::size_t count) {
  return flawed(flaw_kind::too_large,
                "the revocation list would have " + std::to_string(count) + " entries; at most " +
                    std::to_string(most_revoked) +
                    ": kith trust init in another directory makes a new root for a fresh start",
                "entries");
}

bool is_ascending(const std::vector<revoked_certificate>& entries) noexcept {
  return std::adjacent_find(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
           return !by_serial(a, b);
         }) == entries.end();
}

}  // namespace

bool revocation_list::contains(const serial_number& serial) const noexcept {
  return std::binary_search(entries_.begin(), entries_.end(), revoked_certificate{serial, {}},
                            by_serial);
}

judged<revocation_list> revocation_list::with(std::vector<revoked_certificate> more,
                                              std::chrono::sys_seconds now) const {
  revocation_list next{domain_};
  next.number_ = number_ + 1;
  next.made_at_ = now;
  next.entries_ = std::move(more);
  next.entries_.insert(next.entries_.begin(), entries_.begin(), entries_.end());
  std::stable_sort(next.entries_.begin(), next.entries_.end(), by_serial);
  next.entries_.erase(std::unique(next.entries_.begin(), next.entries_.end(), same_serial),
                      next.entries_.end());
  std::erase_if(next.entries_, [&](const auto& one) { return one.not_after < now - most_skew; });
  if (next.entries_.size() > most_revoked) {
    return too_many(next.entries_.size());
  }
  return next;
}

bool supersedes(const revocation_list& heard, const revocation_list& known) noexcept {
  return heard.domain() == known.domain() && heard.number() > known.number();
}

judged<bytes> encode(const revocation_list& what) {
  if (what.number() == 0) {
    return bad_list("its number is 0", "number");
  }
  if (!is_name(what.domain())) {
    return bad_list("the domain is no name", "domain");
  }
  bytes out;
  put_integer(out, what.number());
  put_moment(out, what.made_at());
  put_text(out, what.domain());
  put_integer(out, static_cast<std::uint16_t>(what.entries().size()));
  for (const auto& one : what.entries()) {
    out += view_of(one.serial);
    put_moment(out, one.not_after);
  }
  return out;
}

judged<revocation_list> decode_revocation_list(byte_view statement) {
  layout_reader in{statement};
  const auto number = in.integer(8);
  const auto made_at = in.moment();
  revocation_list out{std::string{in.text()}};
  out.number_ = number;
  out.made_at_ = made_at;
  const auto count = in.integer(2);
  if (in.ok() && count > most_revoked) {
    return too_many(count);
  }
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    auto& one = out.entries_.emplace_back();
    in.octets(one.serial);
    one.not_after = in.moment();
  }
  if (!in.ok() || !in.rest().empty()) {
    return bad_list("it is cut short or too long, or has a moment after the year 9999", "");
  }
  if (number == 0) {
    return bad_list("its number is 0", "number");
  }
  if (!is_name(out.domain_)) {
    return bad_list("the domain is no name", "domain");
  }
  if (!is_ascending(out.entries_)) {
    return bad_list("its entries are not in order", "entries");
  }
  return out;
}

judged<bytes> sign(const revocation_list& what, const signing_key& root) {
  return encode(what).and_then(
      [&](const bytes& statement) { return seal_statement(revocation_kind, statement, root); });
}

judged<revocation_list> open_revocation_list(byte_view octets, const trust_root& root) {
  const auto statement = open_statement(revocation_kind, octets, root.key);
  if (!statement) {
    auto why = statement.error();
    if (why.kind == flaw_kind::bad_signature) {
      why.message = "the revocation list was not signed by the root of " + root.domain +
                    ", or was changed since: copy it anew from where kith trust revoke made it";
    }
    return tl::make_unexpected(std::move(why));
  }
  auto out = decode_revocation_list(*statement);
  if (out && out->domain() != root.domain) {
    return flawed(flaw_kind::wrong_domain,
                  "the revocation list is of the domain " + out->domain() + ", not of " +
                      root.domain + ": copy that of this domain",
                  "domain");
  }
  return out;
}

}  // namespace kith::security
