// SPDX-License-Identifier: MPL-2.0
#pragma once

// The streams of one client, each owned by the application, by the number of the call that opened
// it.
//
// Design notes
// - Items that the application has not taken wait in their reader; the window bounds them. A server
//   that sends beyond its credit loses the stream.
// - Credit and cancel must arrive, or a stream would stand still or stay for ever: what finds no
//   room on the link is sent when there is some.
// - In the books a stream is one call, which ends with it, and each item is one of the method's
//   stream: in flight while it waits here.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "peers/hub.hpp"
#include "rpc/stream_credit.hpp"

namespace kith::rpc {

class stream_table;

class stream_reader final : public detail::incoming_stream {
 public:
  stream_reader(stream_table& all, const detail::raw_call& call, ledger::flow& calls,
                ledger::flow& items)
      : all_{&all},
        name_{call.service + ": " + call.method},
        method_{call.method},
        window_{call.window},
        calls_{calls},
        items_{items} {}
  stream_reader(const stream_reader&) = delete;
  stream_reader& operator=(const stream_reader&) = delete;
  ~stream_reader() override;

  // detail::incoming_stream
  void next(completion done) override;
  void stop_waiting() override;

  [[nodiscard]] std::uint32_t window() const noexcept { return window_.size(); }
  /// The end, which is a good one without `why`. What waits comes before it.
  void end(std::optional<error> why);

 private:
  friend class stream_table;

  void take_in(std::string_view body);
  void count_taken(std::size_t octets);
  void drop_waiting(ledger::drop_reason reason);
  [[nodiscard]] result<std::optional<std::string_view>> last_word() const;

  stream_table* all_;  ///< null when its node has ended
  std::uint64_t id_ = 0;
  std::optional<node_id> peer_;  ///< once it has begun
  std::string name_;
  std::string method_;
  receive_window window_;
  ledger::flow& calls_;
  ledger::flow& items_;
  std::deque<std::string> waiting_;
  completion done_;  ///< of whoever waits
  bool ended_ = false;
  bool credit_waits_ = false;  ///< for room on the link
  std::optional<error> why_;   ///< of the bad end
};

class stream_table {
 public:
  static constexpr std::size_t most = 4096;

  /// `give_up` ends the call of a stream that has not begun.
  stream_table(peers::hub& hub, ledger::books& books, unique_function<void(std::uint64_t)> give_up)
      : hub_{hub}, books_{books}, give_up_{std::move(give_up)} {}
  stream_table(const stream_table&) = delete;
  stream_table& operator=(const stream_table&) = delete;
  ~stream_table();

  std::unique_ptr<stream_reader> make(const detail::raw_call& call);
  /// Its opening is a call of that number.
  void add(stream_reader& reader, std::uint64_t id);
  void begin(std::uint64_t id, const node_id& peer);

  [[nodiscard]] bool has(std::uint64_t id) const { return by_id_.contains(id); }
  [[nodiscard]] bool has(std::uint64_t id, const node_id& begun_by) const {
    return find(id, begun_by) != nullptr;
  }
  /// Empty when there is no such stream.
  [[nodiscard]] std::string method_of(std::uint64_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? std::string{} : found->second->method_;
  }
  [[nodiscard]] bool is_full() const noexcept { return by_id_.size() >= most; }
  [[nodiscard]] static error full();
  /// Those that this peer has begun.
  [[nodiscard]] std::size_t count(const node_id& peer) const;

  /// False when it is no stream that this peer has begun.
  bool on_item(const node_id& peer, const wire::item& one);
  bool on_reply(const node_id& peer, const wire::reply& answer);
  bool on_error(const node_id& peer, const wire::error_reply& answer);
  void on_room(const node_id& peer);
  void lose(const node_id& peer, std::string_view why);
  void send_cancel(const node_id& peer, std::uint64_t id);
  /// Ends all.
  void stop();

 private:
  friend class stream_reader;

  [[nodiscard]] stream_reader* find(std::uint64_t id, const node_id& peer) const;
  [[nodiscard]] std::vector<std::uint64_t> all_of(const node_id& peer) const;
  void cut(std::uint64_t id, ledger::drop_reason reason, error why);
  void remove(stream_reader& reader);
  void abandon(stream_reader& reader);
  void send_credit(stream_reader& reader);

  peers::hub& hub_;
  ledger::books& books_;
  unique_function<void(std::uint64_t)> give_up_;
  std::set<stream_reader*> readers_;                         ///< those that have ended, too
  std::unordered_map<std::uint64_t, stream_reader*> by_id_;  ///< those that have not
  std::map<node_id, std::size_t> by_peer_;                   ///< how many it has begun
  // What found no room on its link: numbers of streams.
  std::map<node_id, std::vector<std::uint64_t>> cancels_;
  std::map<node_id, std::vector<std::uint64_t>> credits_;
};

}  // namespace kith::rpc
