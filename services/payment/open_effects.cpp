// SPDX-License-Identifier: MPL-2.0
#include "payment/open_effects.hpp"

namespace payment::open_effects {
namespace {

effect_kind kind_of(const std::string& name) {
  if (const auto known = kith::enumerator_of<effect_kind>(name)) {
    return *known;
  }
  throw kith::failure{kith::errc::database_failed, "an open effect has the unknown kind " + name};
}

}  // namespace

void add(kith::transaction& tx, const open_effect& what) {
  tx.execute(
      "INSERT INTO open_effects (kind, subject, since_us, traceparent, tracestate) "
      "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      kith::enumerator_name(what.kind), what.subject, what.since_us, what.traceparent,
      what.tracestate);
}

void done(kith::transaction& tx, effect_kind kind, std::string_view subject) {
  tx.execute("DELETE FROM open_effects WHERE kind = ? AND subject = ?", kith::enumerator_name(kind),
             subject);
}

std::vector<open_effect> behind(kith::transaction& tx, std::int64_t after, std::int64_t most) {
  std::vector<open_effect> found;
  for (const auto& one :
       tx.query("SELECT number, kind, subject, since_us, traceparent, tracestate FROM open_effects "
                "WHERE number > ? ORDER BY number LIMIT ?",
                after, most)) {
    found.push_back({one.get<std::int64_t>(0), kind_of(one.get<std::string>(1)),
                     one.get<std::string>(2), one.get<std::int64_t>(3), one.get<std::string>(4),
                     one.get<std::string>(5)});
  }
  return found;
}

}  // namespace payment::open_effects
