// SPDX-License-Identifier: MPL-2.0
#pragma once

// Asks the addresses that the settings name who is there, until somebody is, and again whenever
// nobody who lives is reached there any more.
//
// Design notes
// - A seed is an address, not a node: whoever answers is introduced, and what he says of himself
//   makes a candidate. It need not be the same node tomorrow.
// - Between two attempts: exponential back-off with full jitter, 5 s at most, so that a partition
//   heals within seconds and a dead seed costs nothing.
// - One of the seeds may be this node itself, so that all nodes can be given the same list.

#include <memory>
#include <string>
#include <vector>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>
#include <kith/time.hpp>

#include "base/log.hpp"
#include "membership/member_table.hpp"
#include "resilience/backoff.hpp"
#include "runtime/loop.hpp"

namespace kith::discovery {

struct seed_options {
  resilience::backoff_options backoff{std::chrono::milliseconds{50}, std::chrono::seconds{5},
                                      std::chrono::seconds{5}};
  duration look_again = std::chrono::seconds{1};  ///< whether a seed that was met is still reached
};

/// What seeds need of the node.
class introducer {
 public:
  virtual ~introducer() = default;
  using introduced = unique_function<void(result<node_description>)>;
  /// Greets whoever is at that address; `done` runs once, later.
  virtual void introduce(const std::string& endpoint, introduced done) = 0;
  /// Whether a living member is reached at that address, or is the one who was met there.
  [[nodiscard]] virtual bool reaches(const std::string& endpoint, const node_id& met) const = 0;
  virtual void on_candidate(const membership::candidate& heard_of) = 0;
};

class seed_service {
 public:
  seed_service(runtime::loop& loop, log_sink& log, introducer& node, seed_options options = {});
  seed_service(const seed_service&) = delete;
  seed_service& operator=(const seed_service&) = delete;
  ~seed_service();

  /// `endpoints` in full, "tcp://127.0.0.1:5555".
  void start(const std::vector<std::string>& endpoints, const node_description& self);
  void stop() noexcept;

 private:
  struct seed {
    std::string endpoint;
    node_id met;  ///< who answered last; nil: nobody yet
    resilience::backoff pause;
    runtime::timer_id timer = runtime::timer_id::none;
    std::string said;  ///< the trouble that is in the log already
  };

  void knock(seed& at);
  void answered(seed& at, result<node_description> who);
  void met(seed& at, const node_description& who);
  void look_again(seed& at, duration later);
  void say_trouble(seed& at, const error& why);

  runtime::loop& loop_;
  log_sink& log_;
  introducer& node_;
  seed_options options_;
  node_id self_;
  std::vector<std::shared_ptr<seed>> seeds_;
};

}  // namespace kith::discovery
