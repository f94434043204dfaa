// SPDX-License-Identifier: MPL-2.0

// kith pub: an event, or several, to whoever subscribes to the topic.

#include <iostream>

#include <nlohmann/json.hpp>

#include "base/reserved_names.hpp"
#include "base/utf8.hpp"
#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/network_options.hpp"
#include "kith/base/session.hpp"
#include "kith/base/table.hpp"
#include "kith/domain/domain_commands.hpp"
#include "wire/limits.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

/// After the first subscriber: for the others, who find us by the same beacon.
constexpr duration for_others = 1200ms;
constexpr std::uint64_t at_once = 256;  ///< events between which the loop has its turn

class publishing {
 public:
  publishing(const network_options& common, const pub_options& options)
      : common_{common}, options_{options} {}

  void prepare(node& on) { line_ = on.publishes(topic<nothing>{options_.topic}); }
  task<exit_status> run(node& on);

 private:
  [[nodiscard]] bool is_endless() const noexcept { return options_.every_s && !options_.count; }
  [[nodiscard]] bool is_done() const noexcept {
    return !is_endless() && published_ >= options_.count.value_or(1);
  }
  task<bool> find_subscribers(node& on);
  task<void> publish_all(node& on);
  void publish();
  void say(const node& on) const;

  const network_options& common_;
  const pub_options& options_;
  std::optional<publisher<nothing>> line_;
  std::uint64_t published_ = 0;
};

task<bool> publishing::find_subscribers(node& on) {
  auto waiting = wait_until(
      on, [this] { return line_->has_subscribers(); }, common_.timeout(3s));
  const bool found = co_await std::move(waiting);
  if (found && !options_.quick) {
    co_await on.sleep(for_others);
  }
  co_return found;
}

void publishing::publish() {
  if (auto sent = line_->publish_encoded(options_.body); !sent) {
    throw failure{std::move(sent.error())};
  }
  ++published_;
}

task<void> publishing::publish_all(node& on) {
  const auto pause = std::chrono::duration_cast<duration>(
      std::chrono::duration<double>{options_.every_s.value_or(0.0)});
  auto due = on.now();
  while (!is_done()) {
    publish();
    due += pause;
    if (!is_done() && (due > on.now() || published_ % at_once == 0)) {
      co_await on.sleep(std::max<duration>(due - on.now(), 1ms));
    }
  }
}

void publishing::say(const node& on) const {
  if (common_.json) {
    print({{"topic", options_.topic},
           {"publisher", on.description().instance},
           {"id", on.description().id.to_string()},
           {"published", published_}});
  } else {
    std::cout << published_ << (published_ == 1 ? " event" : " events") << " of "
              << printable(options_.topic) << " published\n";
  }
}

task<exit_status> publishing::run(node& on) {
  bool interrupted = false;
  bool found = false;
  try {
    auto looking = find_subscribers(on);
    found = co_await std::move(looking);
    if (found) {
      auto all = publish_all(on);
      co_await std::move(all);
    }
  } catch (const failure& why) {
    if (why.what_code() != errc::cancelled) {
      throw;
    }
    interrupted = true;
  }
  if (found || common_.json) {
    say(on);
  }
  if (interrupted) {
    co_return found&& is_endless() ? exit_status::ok : exit_status::interrupted;
  }
  if (!found) {
    say_nobody(on, "no subscriber of " + options_.topic);
  }
  co_return found ? exit_status::ok : exit_status::nobody;
}

}  // namespace

std::string topic_flaw(const std::string& topic) {
  const auto most = wire::limits{}.name_bytes;
  if (topic.empty() || topic.size() > most || !is_utf8(topic)) {
    return "a topic is UTF-8 of 1 to " + std::to_string(most) + " octets, as in order.settled";
  }
  return is_reserved(topic) ? "topics that begin with kith. are the nodes' own" : std::string{};
}

exit_status pub(const network_options& common, const pub_options& options) {
  publishing all{common, options};
  return run_on(
      settings_of(common), [&](node& on) { return all.run(on); },
      [&](node& on) { all.prepare(on); });
}

}  // namespace kith::tool
