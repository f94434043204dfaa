// SPDX-License-Identifier: MPL-2.0
#include "node/hearing_rights.hpp"

#include <utility>

namespace kith {

heard_filters refused_of(const heard_filters& asked, const call_context& call) {
  heard_filters refused;
  for (const auto& topic : asked.topics) {
    if (!call.may_hear(topic)) {
      refused.topics.push_back(topic);
    }
  }
  for (const auto& prefix : asked.prefixes) {
    if (!call.may_hear_all(prefix)) {
      refused.prefixes.push_back(prefix);
    }
  }
  return refused;
}

void ask_hearing_rights(detail::caller& client, const node_id& publisher,
                        const std::vector<events::filter>& filters,
                        events::listener::rights_reply done) {
  heard_filters asked;
  for (const auto& one : filters) {
    (one.prefix ? asked.prefixes : asked.topics).push_back(one.text);
  }
  detail::raw_call call;
  call.method = may_hear.name;
  call.body = encode(asked);
  call.deadline = std::chrono::seconds{2};
  call.instance = publisher;
  client.start(std::move(call), [done = std::move(done)](result<std::string_view> octets) mutable {
    const auto reply = detail::reply_of<heard_filters>(std::move(octets));
    if (!reply) {
      done(tl::make_unexpected(reply.error()));
      return;
    }
    std::vector<events::filter> refused;
    for (const auto& topic : reply->topics) {
      refused.push_back({topic, false});
    }
    for (const auto& prefix : reply->prefixes) {
      refused.push_back({prefix, true});
    }
    done(std::move(refused));
  });
}

}  // namespace kith
