// SPDX-License-Identifier: MPL-2.0

// kith sub: events as they come, a line each. Nothing is lost unsaid: gaps are lines too.

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "kith/base/event_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/gather.hpp"
#include "kith/base/member_text.hpp"
#include "kith/base/near_names.hpp"
#include "kith/base/table.hpp"
#include "kith/domain/domain_commands.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration topics_limit = 1s;
constexpr duration wonder_after = 2s;  ///< why nobody publishes that

/// A prefix that begins with another one would bring its events twice.
std::vector<std::string> without_covered(std::vector<std::string> prefixes) {
  if (prefixes.empty()) {
    return {""};
  }
  std::sort(prefixes.begin(), prefixes.end());
  std::vector<std::string> kept;
  for (auto& prefix : prefixes) {
    if (kept.empty() || !prefix.starts_with(kept.back())) {
      kept.push_back(std::move(prefix));
    }
  }
  return kept;
}

class listening {
 public:
  listening(node& on, const network_options& common, const sub_options& options)
      : on_{on}, common_{common}, limit_{options.count} {
    for (auto& prefix : without_covered(options.prefixes)) {
      subscriptions_.push_back(on.subscribe_raw(
          prefix, [this](const event_info& event, std::string_view body) { print(event, body); },
          {.on_gap = [this](const event_gap& gap) { print(gap); }}));
      prefixes_.push_back(std::move(prefix));
    }
    counts_.resize(prefixes_.size());
  }
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;
  ~listening() {
    for (const auto& one : subscriptions_) {
      one.cancel();
    }
  }

  [[nodiscard]] bool enough() const noexcept { return limit_ && events_ >= *limit_; }
  [[nodiscard]] bool had_publisher() const noexcept { return had_publisher_; }
  [[nodiscard]] const std::vector<std::string>& prefixes() const noexcept { return prefixes_; }
  /// Says to how many publishers it is subscribed, when that has changed.
  void say_publishers();
  void say_end() const {
    std::cerr << "kith: " << events_ << " events, " << missed_ << " missed\n";
  }

 private:
  void print(const event_info& event, std::string_view body);
  void print(const event_gap& gap);
  const std::string& name_of_publisher(const node_id& id);

  node& on_;
  const network_options& common_;
  std::optional<std::uint64_t> limit_;
  std::vector<std::string> prefixes_;
  std::vector<subscription> subscriptions_;
  std::vector<std::size_t> counts_;
  std::map<node_id, std::string> names_;
  std::uint64_t events_ = 0;
  std::uint64_t missed_ = 0;
  std::size_t denied_ = 0;  ///< the most that refused one of them
  bool had_publisher_ = false;
};

void listening::say_publishers() {
  bool changed = false;
  std::string line;
  for (std::size_t i = 0; i < subscriptions_.size(); ++i) {
    const auto counted = subscriptions_[i].counts();
    const auto now = counted.publishers;
    const auto denied = counted.denied;
    changed = changed || now != counts_[i] || denied > denied_;
    counts_[i] = now;
    denied_ = std::max(denied_, denied);
    had_publisher_ = had_publisher_ || now > 0;
    line += (i == 0 ? "" : "; ") + (prefixes_[i].empty() ? "all topics" : prefixes_[i] + "*") +
            " of " + std::to_string(now) + (now == 1 ? " publisher" : " publishers") +
            (denied == 0
                 ? ""
                 : ", refused by " + std::to_string(denied) + ": our certificate does not give it");
  }
  if (changed) {
    std::cerr << "kith: subscribed to " << printable(line) << "\n";
  }
}

const std::string& listening::name_of_publisher(const node_id& id) {
  auto& name = names_[id];
  if (name.empty()) {
    for (const auto& member : on_.members()) {
      if (member.id == id.to_string()) {
        name = member.instance;
      }
    }
    name = name.empty() ? id.to_short_string() : name;
  }
  return name;
}

void listening::print(const event_info& event, std::string_view body) {
  if (enough()) {
    return;
  }
  ++events_;
  const event_line line{on_.wall_now(), name_of_publisher(event.publisher), event};
  std::cout << (common_.json ? json_text(line, body) : plain_text(line, body)) << std::endl;
}

void listening::print(const event_gap& gap) {
  missed_ += gap.count;
  const auto& publisher = name_of_publisher(gap.publisher);
  if (common_.json) {
    std::cout << json_text(on_.wall_now(), publisher, gap) << std::endl;
  } else {
    std::cerr << plain_text(on_.wall_now(), publisher, gap) << "\n";
  }
}

/// What those that are linked publish.
struct declared_topics {
  std::size_t services = 0;
  std::set<std::string> names;
};

task<declared_topics> ask_for_topics(node& on) {
  auto whom = on.members();
  std::erase_if(whom, [](const member_info& m) {
    return m.service.empty() || m.state != "alive" || !is_reachable(m);
  });
  auto asked = ask_all(on, std::move(whom), describe_node, nothing{}, topics_limit);
  const auto answers = co_await std::move(asked);
  declared_topics found;
  for (const auto& one : answers) {
    found.services += one.value ? 1 : 0;
    for (const auto& topic : one.value ? one.value->topics : std::vector<topic_schema>{}) {
      found.names.insert(topic.name);
    }
  }
  co_return found;
}

/// False: that is not why; nobody is linked, or it is declared.
bool say_undeclared(const declared_topics& declared, const std::vector<std::string>& prefixes) {
  bool said = false;
  for (const auto& prefix : prefixes) {
    const auto first = declared.names.lower_bound(prefix);
    if (declared.services == 0 || (first != declared.names.end() && first->starts_with(prefix))) {
      continue;
    }
    std::cerr << "kith: " << declared.services
              << (declared.services == 1 ? " service is" : " services are")
              << " linked, and none declares a topic that begins with \"" << printable(prefix)
              << "\"";
    std::string names;
    for (const auto& one : near_names(prefix, declared.names)) {
      names += (names.empty() ? "; there is " : ", ") + one;
    }
    std::cerr << printable(names) << " (kith describe SERVICE lists them)\n";
    said = true;
  }
  return said;
}

}  // namespace

task<exit_status> sub(node& on, const network_options& common, const sub_options& options) {
  listening state{on, common, options};
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>{s});
  };
  const auto begin = on.now();
  bool interrupted = false;
  bool over = false;
  bool wondered = false;
  bool explained = false;
  while (!state.enough() && !interrupted && !over) {
    try {
      co_await on.sleep(20ms);
    } catch (const failure&) {
      interrupted = true;
    }
    if (!interrupted) {
      state.say_publishers();
    }
    if (!wondered && !interrupted && !state.had_publisher() && on.now() - begin >= wonder_after) {
      wondered = true;
      try {
        const auto declared = co_await ask_for_topics(on);
        explained = say_undeclared(declared, state.prefixes());
      } catch (const failure&) {
        interrupted = true;
      }
    }
    const bool waited_in_vain = common.timeout_s && !state.had_publisher() &&
                                on.now() - begin >= seconds(*common.timeout_s);
    over = waited_in_vain || (options.for_s && on.now() - begin >= seconds(*options.for_s));
  }
  state.say_end();
  if (state.enough() || (!options.count && (interrupted || state.had_publisher()))) {
    co_return exit_status::ok;
  }
  if (interrupted) {
    co_return exit_status::interrupted;
  }
  if (!state.had_publisher()) {
    if (!wondered) {
      const auto declared = co_await ask_for_topics(on);
      explained = say_undeclared(declared, state.prefixes());
    }
    if (!explained) {
      say_nobody(on, "no publisher of these topics");
    }
    co_return exit_status::nobody;
  }
  co_return exit_status::too_few;
}

}  // namespace kith::tool
