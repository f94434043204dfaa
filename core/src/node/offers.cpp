// SPDX-License-Identifier: MPL-2.0
#include "node/offers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf8.hpp"

namespace kith::detail {

/// What is not allowed in a hello is refused here, not by every peer.
void offers::check(std::string_view kind, std::string_view name, std::size_t before) const {
  if (name.empty() || name.size() > bounds_.name_bytes || !is_utf8(name) ||
      name.find('\0') != std::string_view::npos) {
    throw failure{errc::bad_config, "the name of a " + std::string{kind} + " is UTF-8 of 1 to " +
                                        std::to_string(bounds_.name_bytes) +
                                        " octets without a zero"};
  }
  if (before >= bounds_.offered) {
    throw failure{errc::bad_config, "a node offers at most " + std::to_string(bounds_.offered) +
                                        " of a kind; " + std::string{name} + " is one " +
                                        std::string{kind} + " too many"};
  }
}

void offers::add_method(served_method method) {
  const std::string name = method.schema.name;
  check("method", name, server_.offers().size());
  if (!server_.add(std::move(method))) {
    throw failure{errc::already_exists, "the method " + name + " is served already"};
  }
}

void offers::add_topic(topic_schema topic) {
  check("topic", topic.name, topics_.size());
  const auto same = std::find_if(topics_.begin(), topics_.end(),
                                 [&](const auto& t) { return t.name == topic.name; });
  if (same == topics_.end()) {
    topics_.push_back(std::move(topic));
  } else if (same->fingerprint != topic.fingerprint) {
    throw failure{errc::already_exists,
                  "the topic " + topic.name + " is declared already, with other fields"};
  }
}

void offers::describe_in(node_description& self) const {
  self.methods = server_.offers();
  for (const auto& topic : topics_) {
    self.topics.push_back({topic.name, topic.fingerprint});
  }
}

}  // namespace kith::detail
