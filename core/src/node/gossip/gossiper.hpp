// SPDX-License-Identifier: MPL-2.0
#pragma once

// Nodes tell each other whom they know: the method `kith.gossip`, and when to call it.
//
// Design notes
// - A full exchange is push and pull: both sides give all living members they have greeted, page by
//   page, so that one living contact is enough to learn everybody. It follows at once on the first
//   link, half a second after each newcomer and again after 1, 2, 4 and 8 s (whom we asked may have
//   been as new as we were), and else every 10 to 30 s with a random member; above 32 members
//   as much more seldom as there are more to tell of.
// - In a large domain, news of suspicions, deaths and departures goes to three random members five
//   times a second while there is any (memberlist's GossipNodes and GossipInterval).
// - What is told makes a candidate, nothing else (member_table.hpp). Of a caller that cannot be
//   dialled nothing is believed; an address that leads nowhere from here is counted and dropped.
// - Tools are not told of: they come and go.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "node/gossip/gossip_contract.hpp"
#include "node/neighbours.hpp"
#include "runtime/loop.hpp"
#include "runtime/sooner_timer.hpp"

namespace kith {

struct gossip_options {
  duration catch_up = std::chrono::milliseconds{500};  ///< after a newcomer, then twice that, ...
  duration idle_least = std::chrono::seconds{10};      ///< between two exchanges else
  duration idle_most = std::chrono::seconds{30};
  duration patience = std::chrono::seconds{2};  ///< for one answer
  duration news_interval = std::chrono::milliseconds{200};
  std::size_t news_to = 3;
  std::size_t page = 128;       ///< updates in one message: always under the smallest frame limit
  std::size_t most_pages = 64;  ///< of one exchange; a liar could go on for ever
};

class gossiper {
 public:
  gossiper(runtime::loop& loop, ledger::books& books, detail::caller& client, neighbours& members,
           gossip_options options = {});
  ~gossiper();

  void start();
  void stop() noexcept;
  /// What `kith.gossip` answers.
  gossip_reply answer(const gossip_request& request, const node_description& caller);

  void on_newcomer(const node_description& peer);
  /// There are rumours.
  void on_news();

 private:
  struct conversation;

  void schedule(duration later);
  void round();
  void spread_news();
  [[nodiscard]] duration idle_pause();
  detail::raw_call call_to(const node_id& with, const gossip_request& request) const;
  void exchange(const node_id& with);
  void go_on(const std::shared_ptr<conversation>& talk);
  void hear(const node_id& teller, std::uint32_t revision,
            const std::vector<gossip_update>& updates);
  [[nodiscard]] std::vector<gossip_update> news();
  [[nodiscard]] std::vector<gossip_update> page_after(const node_id& last) const;

  runtime::loop& loop_;
  detail::caller& client_;
  neighbours& members_;
  gossip_options options_;
  ledger::flow& heard_;
  runtime::sooner_timer timer_;
  runtime::timer_id news_timer_ = runtime::timer_id::none;
  duration pause_{};    ///< to the round after the next one
  bool begun_ = false;  ///< there was a first exchange
  bool stopped_ = true;
};

}  // namespace kith
