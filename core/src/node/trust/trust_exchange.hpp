// SPDX-License-Identifier: MPL-2.0
#pragma once

// Members give each other the certificates and the revocation list that they lack: the method
// `kith.trust`, and when to call it.
//
// Design notes
// - Each side only asks. On a new link to a service at once, and about once a second a random
//   member: a list reaches all in O(log n) seconds. Who has just taken a newer list asks three in
//   quick order, and whose request shows a newer one is asked in turn; so it takes no second a hop.
//   So is a tool that asks again and has not what we have: its own certificate may be renewed.
// - A question is a number and two digests. Only where those differ are hashes told, and only what
//   is lacking is asked for. The digest of a peer whose hashes were all seen is remembered, so that
//   a certificate that is of no use here (or that only we have) costs nothing again.
// - What comes is judged on the pool (trust_watch::offer), of a service one answer at a time: the
//   next question of that talk waits for it, and who else of that service gave something is asked
//   again. So one key, with however many nodes, takes one place there.
// - The first answer has the list, so nobody waits for a place to ask that. To go on for
//   certificates takes one of `most_talks`, of which a service has one at a time, for so long: who
//   answers slowly and never comes to an end keeps no place from others.
// - A peer that gives what the root has not signed is not asked again for a while.

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <kith/call.hpp>

#include "base/log.hpp"
#include "ledger/books.hpp"
#include "node/neighbours.hpp"
#include "node/trust/trust_answer.hpp"
#include "node/trust/trust_watch.hpp"
#include "peers/hub.hpp"
#include "runtime/loop.hpp"
#include "runtime/sooner_timer.hpp"

namespace kith {

struct trust_exchange_options {
  duration interval = std::chrono::seconds{1};        ///< between two questions, ± 25 %
  duration spacing = std::chrono::milliseconds{100};  ///< while there is reason to hurry
  duration patience = std::chrono::seconds{2};        ///< for one answer
  /// Of who gives forged octets, and of what is of no use here.
  duration memory = std::chrono::minutes{10};
  std::size_t hurried = 3;                    ///< questions, with a newer list
  duration whole = std::chrono::seconds{10};  ///< for one talk
  std::size_t most_questions = 32;            ///< first ones, at once
  std::size_t most_talks = 4;                 ///< that go on, at once
  std::size_t most_turns = 512;               ///< of one talk; a liar could go on for ever
  std::size_t most_waiting = 64;              ///< to be asked soon; the rest by chance
  std::size_t most_remembered = 1024;         ///< peers, and hashes of no use
};

class trust_exchange final : public peers::link_watcher {
 public:
  trust_exchange(runtime::loop& loop, ledger::books& books, log_sink& log, detail::caller& client,
                 neighbours& members, trust_watch& trust, trust_exchange_options options = {});
  ~trust_exchange() override;

  void start();
  void stop() noexcept;
  /// What `kith.trust` answers.
  result<trust_reply> answer(const trust_request& request, const node_description& caller);

  // peers::link_watcher
  void on_link_open(const node_description& peer) override;
  void on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) override;

 private:
  struct talk;

  void schedule(duration later);
  void round();
  void ask_anybody();
  void ask_soon(const node_id& peer);
  [[nodiscard]] bool is_distrusted(const node_id& peer) const;
  void begin(const node_id& with);
  void go_on(const std::shared_ptr<talk>& one);
  void go_on_or_end(const std::shared_ptr<talk>& one);
  [[nodiscard]] bool has_place(talk& one) const;
  void hear(const std::shared_ptr<talk>& one, const trust_reply& reply);
  [[nodiscard]] bool note_hashes(talk& one, const trust_reply& reply);
  [[nodiscard]] bool gather(talk& one, const trust_reply& reply, trust_offer& into);
  void hand_over(const std::shared_ptr<talk>& one, trust_offer offer);
  void judge(const std::shared_ptr<talk>& one, const trust_verdict& verdict);
  void end(talk& one, bool whole);
  void refuse(talk& one);
  void distrust(talk& one, const std::string& why);
  [[nodiscard]] bool is_lacking(const security::certificate_hash& one) const;
  [[nodiscard]] bool may_have_more(const trust_request& request, const node_description& caller);

  runtime::loop& loop_;
  log_sink& log_;
  detail::caller& client_;
  neighbours& members_;
  trust_watch& trust_;
  trust_exchange_options options_;
  ledger::flow& heard_;   ///< certificates and lists, in the books
  ledger::flow& to_ask_;  ///< likewise, `soon_`
  std::map<node_id, std::shared_ptr<talk>> talks_;
  std::set<security::certificate_hash> asked_;  ///< in flight
  std::map<security::certificate_hash, time_point>
      useless_;  ///< until when those are not asked for
  std::map<node_id, security::certificate_hash>
      seen_;                                  ///< the digest of whom we know to hold nothing for us
  std::map<node_id, time_point> distrusted_;  ///< until when
  std::set<std::string> judged_;              ///< services of which the pool has an answer
  std::set<node_id> told_;                    ///< of whom the log says that already
  std::set<node_id> tools_;                   ///< that have asked once
  std::deque<node_id> soon_;
  std::uint64_t revocations_ = 0;  ///< the number when we last looked
  std::size_t hurried_ = 0;        ///< questions that are still to be asked in quick order
  runtime::sooner_timer timer_;
  time_point last_{};  ///< question
  time_point forget_at_{};
  time_point next_chance_{};  ///< for anybody to be asked
  bool stopped_ = true;
};

}  // namespace kith
