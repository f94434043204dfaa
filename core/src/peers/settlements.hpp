// SPDX-License-Identifier: MPL-2.0
#pragma once

// The counts of all links, of each peer: told on the heartbeat while a link stands, settled when
// the next one is greeted (link_counts.hpp).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include <kith/identity.hpp>

#include "base/log.hpp"
#include "ledger/books.hpp"
#include "peers/link_counts.hpp"
#include "peers/packet_writer.hpp"
#include "wire/envelope.hpp"

namespace kith::peers {

class settlements {
 public:
  /// Peers beyond `max_counted` are not counted; the counts of `max_remembered` that were forgotten
  /// are kept.
  settlements(ledger::books& books, log_sink& log, std::size_t max_counted,
              std::size_t max_remembered)
      : books_{books}, log_{log}, max_counted_{max_counted}, max_remembered_{max_remembered} {}

  /// Of the links that we dialled to that peer, and of those that it dialled to us, as far as they
  /// have ended. Null when there are too many peers.
  settlement* dialled(const node_id& peer);
  settlement* accepted(const node_id& peer);
  /// What we have read off earlier links that we dialled, to be said in hello.
  [[nodiscard]] std::uint64_t read_before(const node_id& peer) const;
  /// A link has ended that is counted in `out`.
  void end_dialled(const node_id& peer, const ended_link& last, ledger::flow& out);
  void end_accepted(const node_id& peer, const ended_link& last, ledger::flow& out);
  /// The other side says on a standing link what it has sent and read.
  void check(const node_id& peer, ledger::flow& in, inbound_count& inbound, packet_writer& writer,
             const wire::link_counts& told);
  /// The peer's line in the books is about to be closed. What is known of it is kept for a while:
  /// it may only be out of reach, and what it says when it comes back settles what is unknown now.
  void give_up(const node_id& peer);
  /// In flight by links that have ended, until both have greeted again.
  [[nodiscard]] std::uint64_t in_doubt(const node_id& peer) const;
  void say_disagreement(const node_id& peer, const std::string& what);

 private:
  struct of_peer {
    settlement dialled;
    settlement accepted;
    bool forgotten = false;
  };

  of_peer* find_or_add(const node_id& peer);

  ledger::books& books_;
  log_sink& log_;
  std::size_t max_counted_;
  std::size_t max_remembered_;
  std::map<node_id, of_peer> peers_;
  std::deque<node_id> forgotten_;  ///< of `peers_`, the oldest first
};

/// To be told by a ping or pong that is about to be written; nothing on a link that is not counted.
inline std::optional<wire::link_counts> counts_of(std::uint64_t number,
                                                  const inbound_count& inbound,
                                                  const packet_writer& writer) {
  return number == 0 ? std::nullopt
                     : std::optional{wire::link_counts{writer.counted(), inbound.read()}};
}

}  // namespace kith::peers
