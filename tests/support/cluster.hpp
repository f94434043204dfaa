// SPDX-License-Identifier: MPL-2.0
#pragma once

// Whole nodes on a simulated world, by name: started, crashed, restarted, looked at.
//
//   test::cluster all{seed};
//   all.add("order-1", [](node& n) { n.serve(...); });     // service "order", started
//   all.settle();
//   auto got = all.call("payment-1", "order", test::echo, {"hello", 1});

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/node.hpp>

#include "node/sim_environment.hpp"
#include "transport/sim/sim_world.hpp"

namespace kith::test {

using namespace std::chrono_literals;

/// The contract of most simulated tests.
struct word {
  std::string text;
  std::int64_t number = 0;
  friend bool operator==(const word&, const word&) = default;
};
KITH_DESCRIBE(word, text, number)

inline constexpr method<word, word> echo{"test.echo", idempotent};
inline constexpr topic<word> said{"test.said"};

inline void serve_echo(node& n) {
  n.serve(echo, [](const word& what) { return what; });
}

/// What a call came to, and how often and when.
template <class Reply>
struct outcome_of {
  int times = 0;
  time_point started{};
  time_point ended{};
  std::optional<result<Reply>> value;

  [[nodiscard]] bool done() const noexcept { return times > 0; }
  [[nodiscard]] bool good() const noexcept { return value && value->has_value(); }
  [[nodiscard]] const error& why() const { return value->error(); }
  [[nodiscard]] duration took() const noexcept { return ended - started; }
};

class cluster {
  std::unique_ptr<sim::log_book> book_;  // before the world: nodes write to it while they end

 public:
  using setup = std::function<void(node&)>;

  explicit cluster(std::uint64_t seed, const transport::socket_limits& limits = {})
      : world{seed, limits}, log{*(book_ = std::make_unique<sim::log_book>(world))} {}
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;
  /// Every rig ends with the audit of the books: a test that neither asked for it
  /// (sim/audit.hpp) nor said why not has failed.
  ~cluster();

  sim::world world;
  sim::log_book& log;
  /// Makes the pool of each node that starts; without it blocking work is done in line.
  std::function<std::unique_ptr<runtime::pool>(sim::host&)> pools;

  /// The keys of the node of that name, at its next start.
  void give_keys(const std::string& name, security::keyring keys) {
    keys_[name] = std::make_shared<const security::keyring>(std::move(keys));
  }
  /// What the node of that name is trusted for, from its next start on; changes are seen as those
  /// of a directory are.
  void give_trust(const std::string& name, std::shared_ptr<sim::trust_box> trust) {
    trusts_[name] = std::move(trust);
  }
  /// In all logs, without those that say that a node has no trust.
  [[nodiscard]] std::size_t warnings() const { return log.count(log_level::warning) - plain_; }
  /// A node on a host of its own, started; its service is the name up to the last '-'.
  /// `prepare` runs before each start.
  node& add(const std::string& name, setup prepare = {}, config settings = {});
  [[nodiscard]] node& at(std::string_view name);
  [[nodiscard]] bool up(std::string_view name);
  /// Of all processes that are up.
  [[nodiscard]] std::vector<std::string> names_up() const;
  /// Runs `work` as one turn of that node: now, or when it is no longer paused.
  void on(std::string_view name, const std::function<void(node&)>& work);

  void crash(std::string_view name, bool silent = false);
  /// As a process that ends in order, after `node::stop` has done its work.
  void stop(std::string_view name);
  node& restart(std::string_view name);

  /// The row of `whom` in the table of `viewer`, by instance name, of its present life.
  [[nodiscard]] std::optional<member_info> sees(std::string_view viewer, std::string_view whom);
  [[nodiscard]] bool in_rotation(std::string_view viewer, std::string_view whom);
  /// Whether all living nodes have all living nodes in rotation.
  [[nodiscard]] bool complete();
  /// Until `complete`, for at most `limit`; gives whether it came to be.
  bool settle(duration limit = 2s) {
    return world.run_until([this] { return complete(); }, limit);
  }

  /// Begins a call in a turn of `from`.
  template <class Request, class Reply>
  std::shared_ptr<outcome_of<Reply>> begin(std::string_view from, const std::string& service,
                                           const method<Request, Reply>& which,
                                           const Request& request, call_options options = {}) {
    auto kept = std::make_shared<outcome_of<Reply>>();
    kept->started = world.now();
    on(from, [service, which, request, options, kept, this](node& n) {
      n.service(service).call(which, request, options, [kept, this](result<Reply> value) {
        ++kept->times;
        kept->ended = world.now();
        kept->value.emplace(std::move(value));
      });
    });
    return kept;
  }
  /// The same, run until it has its outcome.
  template <class Request, class Reply>
  outcome_of<Reply> call(std::string_view from, const std::string& service,
                         const method<Request, Reply>& which, const Request& request,
                         call_options options = {}) {
    auto kept = begin(from, service, which, request, std::move(options));
    world.run_until([&] { return kept->done(); }, 60s);
    return *kept;
  }

  /// The books were audited (sim/audit.hpp).
  void note_audit() noexcept { audited_ = true; }
  /// They are not, and `why` is what a reader should know.
  void end_without_audit(std::string_view /*why*/) noexcept { audited_ = true; }

  /// The newest lines of all logs, for a failure's message.
  [[nodiscard]] std::string log_tail(std::size_t lines = 30) const;

 private:
  struct process {
    sim::host* host = nullptr;
    node* life = nullptr;  // null while it is down
    config settings;
    setup prepare;
  };
  node& boot(process& which);
  process& find(std::string_view name);

  std::map<std::string, std::shared_ptr<const security::keyring>> keys_;
  std::map<std::string, std::shared_ptr<sim::trust_box>> trusts_;
  std::map<std::string, process, std::less<>> processes_;
  std::size_t plain_ = 0;  ///< starts without keys
  bool audited_ = false;
};

/// Everything one subscription heard.
struct ear {
  std::vector<word> heard;
  std::vector<std::uint64_t> sequences;
  std::vector<event_gap> gaps;
  std::optional<subscription> line;

  [[nodiscard]] std::uint64_t missed() const;
};
/// Subscribes `n` to `which` with `into`, which must outlive the node.
void listen(node& n, const topic<word>& which, ear& into);

}  // namespace kith::test
