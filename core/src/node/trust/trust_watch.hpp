// SPDX-License-Identifier: MPL-2.0
#pragma once

// Keeps a node's trust up to date: reads its source again and again, verifies what is new, and
// hands over a new ring when somebody counts who did not, or counts no more. What other members
// give is taken likewise, and of that a revocation list is kept in the source. Reading, verifying
// and writing are done on the pool; a broken file is told once and changes nothing.

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <kith/function.hpp>

#include "base/log.hpp"
#include "node/trust/trust_offer.hpp"
#include "node/trust/trust_source.hpp"
#include "runtime/loop.hpp"
#include "runtime/pool.hpp"
#include "security/trust_store.hpp"

namespace kith {

/// How often the source is read.
inline constexpr duration trust_interval = std::chrono::seconds{2};

class trust_watch {
 public:
  using ring = std::shared_ptr<const security::keyring>;

  trust_watch(runtime::loop& loop, runtime::pool& pool, log_sink& log,
              std::unique_ptr<trust_source> source);
  ~trust_watch();

  /// Blocks; once, at the start. `domain` is the node's, `whose` the name that it says, or empty.
  /// bad_config, with what to do, when this node is nobody.
  result<ring> begin(const std::string& domain, const std::string& whose);
  /// From now on; `changed` is called with each new ring.
  void start(unique_function<void(ring)> changed);
  void stop();

  using judgement = unique_function<void(const trust_verdict&)>;
  /// Takes what a peer gives; `done` runs once, later, after `changed` has, but not after `stop`.
  /// False when too much waits already: then nothing is done.
  bool offer(trust_offer what, judgement done);
  /// What may be passed on, as it was at the last reading or offer.
  [[nodiscard]] const security::trust_stock& stock() const noexcept { return *stock_; }

  /// The own certificate that counted at the last reading; null: none did.
  [[nodiscard]] const security::certificate* own() const noexcept { return own_.get(); }

 private:
  /// What the pool works on: one job at a time, while the loop leaves it alone.
  struct pool_side;
  /// What a job found.
  struct finding;
  struct job;
  struct waiting {
    trust_offer what;
    judgement done;
  };
  static constexpr std::size_t most_waiting = 16;

  void read_later();
  /// Begins the next job, when there is work and none is under way.
  void work();
  void end(job& done);
  void take(finding& found);
  void tell(const finding& found);
  void warn_of_end(const security::certificate& own);

  runtime::loop& loop_;
  runtime::pool& pool_;
  log_sink& log_;
  std::shared_ptr<pool_side> pool_side_;
  std::shared_ptr<const bool> running_;  ///< null when stopped: a job that ends then is forgotten
  std::deque<waiting> offers_;
  bool reading_due_ = false;
  bool busy_ = false;
  unique_function<void(ring)> changed_;
  std::shared_ptr<const security::certificate> own_;
  ring ring_;
  std::shared_ptr<const security::trust_stock> stock_;
  std::set<std::string> told_;  ///< flaws that are in the log already
  std::string nobody_;          ///< why this node is nobody, as it is in the log
  std::optional<int> warned_;   ///< of the own certificate's end, at so many days
  runtime::timer_id timer_ = runtime::timer_id::none;
};

}  // namespace kith
