// SPDX-License-Identifier: MPL-2.0
#include "security/certificate.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/name.hpp"
#include "security/layout.hpp"
#include "security/revocation_list.hpp"

namespace kith::security {
namespace {

struct listed_rights {
  const char* field;
  rights certificate::*list;
};
constexpr listed_rights all_rights[] = {{"provides", &certificate::provides},
                                        {"calls", &certificate::calls},
                                        {"publishes", &certificate::publishes},
                                        {"subscribes", &certificate::subscribes}};

tl::unexpected<flaw> bad_field(const std::string& what, const std::string& field) {
  return flawed(flaw_kind::malformed, "the certificate: " + what, field);
}

template <std::size_t Size>
bool is_zero(const std::array<unsigned char, Size>& octets) noexcept {
  return std::all_of(octets.begin(), octets.end(), [](unsigned char one) { return one == 0; });
}

judged<void> check_fields(const certificate& what) {
  if (is_zero(what.serial)) {
    return bad_field("its serial is zero", "serial");
  }
  if (what.not_before.time_since_epoch().count() < 0) {
    return bad_field("it begins before 1970", "not_before");
  }
  if (what.not_after <= what.not_before || what.not_after > last_moment) {
    return bad_field("it ends before it begins, or after the year 9999", "not_after");
  }
  if (is_zero(what.curve_key)) {
    return bad_field("the CURVE key is zero", "curve_key");
  }
  if (is_zero(what.beacon_key)) {
    return bad_field("the beacon key is zero", "beacon_key");
  }
  if (!is_name(what.domain)) {
    return bad_field("the domain is no name", "domain");
  }
  if (!is_name(what.service)) {
    return bad_field("the service is no name", "service");
  }
  return {};
}

judged<rights> read_rights(layout_reader& in, const char* field) {
  std::vector<std::string> list;
  for (auto count = in.integer(1); in.ok() && count > 0; --count) {
    list.emplace_back(in.text());
  }
  auto made = rights::of(list, field);
  if (made && made->list() != list) {
    return bad_field(std::string{field} + " is not in order", field);
  }
  return made;
}

}  // namespace

bool certificate::may_subscribe(std::string_view filter) const {
  return filter.ends_with('\0') ? subscribes.cover(filter.substr(0, filter.size() - 1))
                                : subscribes.cover_all(filter);
}

std::string title_of(const certificate& of) {
  return of.service + " (serial " + hexadecimal(view_of(of.serial).substr(0, 4)) + ")";
}

judged<bytes> encode(const certificate& what) {
  if (auto good = check_fields(what); !good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  bytes out{view_of(what.serial)};
  put_moment(out, what.not_before);
  put_moment(out, what.not_after);
  out += view_of(what.curve_key);
  out += view_of(what.beacon_key);
  put_text(out, what.domain);
  put_text(out, what.service);
  for (const auto& [field, list] : all_rights) {
    put_integer(out, static_cast<std::uint8_t>((what.*list).list().size()));
    for (const auto& one : (what.*list).list()) {
      put_text(out, one);
    }
  }
  return out;
}

judged<certificate> decode_certificate(byte_view statement) {
  layout_reader in{statement};
  certificate out;
  in.octets(out.serial);
  out.not_before = in.moment();
  out.not_after = in.moment();
  in.octets(out.curve_key);
  in.octets(out.beacon_key);
  out.domain = in.text();
  out.service = in.text();
  for (const auto& [field, list] : all_rights) {
    auto read = read_rights(in, field);
    if (in.ok() && !read) {
      return tl::make_unexpected(std::move(read.error()));
    }
    if (read) {
      out.*list = std::move(*read);
    }
  }
  if (!in.ok()) {
    return bad_field("it is cut short, or has a moment after the year 9999", "");
  }
  if (!in.rest().empty()) {
    return bad_field("it has " + std::to_string(in.rest().size()) + " octets too many", "");
  }
  if (auto good = check_fields(out); !good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  return out;
}

judged<bytes> sign(const certificate& what, const signing_key& root) {
  return encode(what).and_then(
      [&](const bytes& statement) { return seal_statement(certificate_kind, statement, root); });
}

judged<certificate> open_certificate(byte_view octets, const trust_root& root) {
  const auto statement = open_statement(certificate_kind, octets, root.key);
  if (!statement) {
    auto why = statement.error();
    why.message = why.kind == flaw_kind::bad_signature
                      ? "the certificate was not signed by the root of " + root.domain +
                            ", or was changed since: kith trust sign makes a good one"
                  : why.kind == flaw_kind::unsupported_version
                      ? why.message
                      : why.message + ": kith trust sign makes a good one";
    return tl::make_unexpected(std::move(why));
  }
  auto out = decode_certificate(*statement);
  if (out && out->domain != root.domain) {
    return flawed(flaw_kind::wrong_domain,
                  "the certificate of " + title_of(*out) + " is for the domain " + out->domain +
                      ", not for " + root.domain + ": have it signed there, by kith trust sign",
                  "domain");
  }
  return out;
}

judged<void> check_time(const certificate& what, std::chrono::sys_seconds now,
                        std::chrono::seconds skew) {
  if (now + skew < what.not_before) {
    return flawed(flaw_kind::not_yet_valid,
                  "the certificate of " + title_of(what) + " begins at " +
                      moment_text(what.not_before) + ", and here it is " + moment_text(now) +
                      ": set the clock, or kith trust renew makes one that begins now",
                  "not_before");
  }
  if (now - skew > what.not_after) {
    return flawed(flaw_kind::expired,
                  "the certificate of " + title_of(what) + " ended at " +
                      moment_text(what.not_after) + ": kith trust renew makes the next one",
                  "not_after");
  }
  return {};
}

judged<void> check_standing(const certificate& what, const revocation_list* revoked_by,
                            std::chrono::sys_seconds now, std::chrono::seconds skew) {
  if (revoked_by != nullptr && revoked_by->contains(what.serial)) {
    return flawed(flaw_kind::revoked,
                  "the certificate of " + title_of(what) +
                      " is revoked: kith trust request makes new keys, kith trust sign a "
                      "certificate for them",
                  "serial");
  }
  return check_time(what, now, skew);
}

judged<certificate> check(byte_view octets, const trust_root& root, const revocation_list* revoked,
                          std::chrono::sys_seconds now, std::chrono::seconds skew) {
  auto out = open_certificate(octets, root);
  if (!out) {
    return out;
  }
  if (auto good = check_standing(*out, revoked, now, skew); !good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  return out;
}

std::optional<int> warning_at(std::chrono::seconds left) noexcept {
  std::optional<int> due;
  for (const int days : warning_days) {
    if (left <= std::chrono::days{days}) {
      due = days;
    }
  }
  return due;
}

std::optional<int> warning_of(const certificate& what, std::chrono::sys_seconds now) {
  return warning_at(what.not_after - now);
}

}  // namespace kith::security
