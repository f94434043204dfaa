// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a transport dropped or refused, by reason. Since its start; loop thread only.

#include <cstdint>

namespace kith::transport {

struct transport_counters {
  std::uint64_t bad_packets = 0;           ///< empty, too many frames, or from a muted link
  std::uint64_t unroutable = 0;            ///< sent to an inbound link whose connection is gone
  std::uint64_t endless = 0;               ///< connections cut: a message of theirs did not end
  std::uint64_t refused_links = 0;         ///< packets of strangers beyond `inbound_links`
  std::uint64_t full = 0;                  ///< sends answered with `full`
  std::uint64_t overlong_topics = 0;       ///< subscriptions to more than `max_topic_octets`
  std::uint64_t outlets_recreated = 0;     ///< the cap on subscriptions was reached
  std::uint64_t turned_away = 0;           ///< dialers, because no descriptor was left
  std::uint64_t keys_accepted = 0;         ///< handshakes at bound sockets, where there are keys
  std::uint64_t keys_refused = 0;          ///< because nobody here knows the key
  std::uint64_t handshakes_failed = 0;     ///< before a key was shown: plain, or for another server
  std::uint64_t handshakes_limited = 0;    ///< cut: too many of strangers from there
  std::uint64_t subscriptions_denied = 0;  ///< that no certificate of the subscriber gives
  std::uint64_t datagrams_sent = 0;
  std::uint64_t datagrams_received = 0;
  std::uint64_t datagram_octets_sent = 0;
  std::uint64_t datagram_octets_received = 0;
  std::uint64_t datagrams_dropped = 0;  ///< not sent, or over the rate that is read
};

}  // namespace kith::transport
