// SPDX-License-Identifier: MPL-2.0
#pragma once

// SWIM's indirect probe: the method `kith.probe`, and whom to ask. A member that we cannot dial may
// be well, and the way between us bad: three others are asked whether they hear it.
//
// Design notes
// - Who is asked dials only members of its own table, at the address it has itself: nobody can be
//   made to knock at a door that a caller names.
// - However many ask for one member, it is dialled once at a time.
// - One that is already silent there is not dialled once more for us: the answer is no.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "node/gossip/probe_contract.hpp"
#include "node/neighbours.hpp"
#include "peers/hub.hpp"
#include "runtime/loop.hpp"

namespace kith {

struct prober_options {
  std::size_t most_looks = 64;  ///< at once; who asks beyond that is told no
  std::size_t helpers = 3;      ///< memberlist's IndirectChecks
  duration patience = std::chrono::milliseconds{2500};  ///< a dial and a greeting, and the way
};

class prober {
 public:
  prober(runtime::loop& loop, peers::hub& hub, detail::caller& client, neighbours& members,
         ledger::books& books, prober_options options = {});

  /// Then `neighbours::on_vouched` or `on_unheard`, later.
  void ask_around(const node_id& about);
  /// What `kith.probe` answers.
  task<std::string> answer(probe_request request);

  /// Answers that are due count no longer.
  void stop() noexcept { stopped_ = true; }

 private:
  struct inquiry;
  void ask(const node_id& helper, const std::shared_ptr<inquiry>& one);
  operation<probe_reply> look(const node_id& about, neighbours::sighting where);
  void end_look(const node_id& about, bool heard);

  runtime::loop& loop_;
  peers::hub& hub_;
  detail::caller& client_;
  neighbours& members_;
  ledger::flow& counted_;  ///< looks
  prober_options options_;
  /// Who waits for the dial to that member that is under way.
  std::map<node_id, std::vector<std::shared_ptr<operation<probe_reply>::completion>>> looks_;
  bool stopped_ = false;
};

}  // namespace kith
