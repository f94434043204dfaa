// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Durable events: an event commits with the business data it speaks of, and every group of
/// consumers applies it, or puts it aside as a dead letter, exactly once and in the log's order.
///
/// \code
/// kith::outbox outbox{database};           // before the node, which must end first
/// kith::inbox inbox{outbox};
/// kith::node node{kith::config::from("payment", argc, argv)};
/// outbox.run_on(node);
/// outbox.publishes(payment::captured);
/// inbox.on(order::placed, [](kith::transaction& tx, const order::order_placed& event) {
///   tx.execute("INSERT INTO intent(order_id) VALUES(?)", event.id);
/// });
/// inbox.run_on(node);
/// ...
/// co_await outbox.transaction([&](kith::transaction& tx) {
///   tx.execute("UPDATE intent SET state = 'captured' WHERE order_id = ?", id);
///   tx.append(payment::captured, event);
/// });
/// \endcode
///
/// The effect that happens exactly once is what a handler does in its transaction. What is done
/// outside of the database (a charge, a mail) needs a key of its own; docs/durable-events.md.
///
/// Everything here belongs to the thread of the node's loop. Functions given to `transaction` and
/// `on` run on the node's pool, do nothing but SQL, and may run again from their start.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kith/contract.hpp>
#include <kith/database.hpp>
#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/node.hpp>
#include <kith/task.hpp>
#include <kith/time.hpp>

namespace kith {

class log_watch;

namespace durable {
class log_source;
}  // namespace durable

/// How long a log keeps its events. Zero switches a limit off.
///
/// An event is kept until every group that reads the log has applied it, and then until it is old
/// or there is too much: it may be read again until then, and a group that comes later finds it.
struct log_retention {
  kith::duration age = std::chrono::hours{24 * 7};
  std::uint64_t events = 1'000'000;
  std::uint64_t octets = std::uint64_t{1} << 30U;  ///< of their bodies

  /// Beyond these an event goes although a group has not read it. That group is told
  /// (`gap_unrecoverable`) and stops; this log's service says whom it failed. Off: a log grows for
  /// as long as a group lags, and the disk is the limit.
  kith::duration unread_age{};
  std::uint64_t unread_events = 0;
  std::uint64_t unread_octets = 0;

  /// A group that has not asked for so long is forgotten: nothing is kept for it any more.
  kith::duration forget_group = std::chrono::hours{24 * 30};
  /// How often an instance looks.
  kith::duration every = std::chrono::seconds{10};
};

/// Of one outbox.
struct outbox_options {
  log_retention retention{};
};

/// Counters of an outbox since it was made.
struct outbox_counts {
  std::size_t depth = 0;            ///< functions that wait for their commit, right now
  std::uint64_t functions = 0;      ///< whose commit is done
  std::uint64_t commits = 0;        ///< they shared
  std::uint64_t events = 0;         ///< appended by them
  std::uint64_t last_sequence = 0;  ///< of the log, when this outbox last appended; 0: not yet
};

/// One database's log and the way to write to it: group commit, numbering, announcing, and serving
/// the log to others. One for each node; several nodes may work on one database.
class outbox {
 public:
  static constexpr std::size_t max_batch = 256;     ///< functions in one commit
  static constexpr std::size_t max_waiting = 4096;  ///< more are refused: overloaded

  explicit outbox(kith::database& database, outbox_options options = {});
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox();

  /// Brings the tables of the log up to date, serves the log, and says in the node's hello which
  /// database it works on. Once, before the node starts. \throws failure of the database
  void run_on(node& host);

  /// Declares a topic whose events are appended here. After `run_on`, before the node starts.
  template <class Event>
  void publishes(const topic<Event>& which) {
    add_topic(which.name,
              [out = host().publishes(which)](std::string_view body, std::string_view traceparent) {
                static_cast<void>(out.publish_encoded(body, traceparent));
              });
  }

  /// Runs `work(transaction&)` and gives what it returned, when that is committed. Functions that
  /// are asked for while a commit runs share the next one: it syncs the disk once for all of them.
  /// They run in the order in which they were asked for.
  /// What `work` throws undoes its own statements and events only; but when the database itself
  /// fails, all who share the commit fail. Subscribers hear of the events right after the commit.
  /// Before `run_on` it is `failed_precondition`.
  template <class F>
  [[nodiscard]] auto transaction(F work)
      -> operation<std::invoke_result_t<F&, kith::transaction&>> {
    using T = std::invoke_result_t<F&, kith::transaction&>;
    return operation<T>{
        [this, work = std::move(work)](
            typename operation<T>::completion done) mutable -> unique_function<void()> {
          if constexpr (std::is_void_v<T>) {
            add({std::move(work), std::move(done), {}});
          } else {
            auto kept = std::make_shared<std::optional<T>>();
            add({[kept, work = std::move(work)](kith::transaction& tx) mutable {
                   kept->emplace(work(tx));
                 },
                 [kept, done = std::move(done)](result<void> ended) mutable {
                   done(ended ? result<T>{std::move(**kept)}
                              : tl::make_unexpected(std::move(ended.error())));
                 },
                 {}});
          }
          return {};
        }};
  }

  /// Runs `work(transaction&)`, which only reads.
  template <class F>
  [[nodiscard]] auto read(F work) {
    return host().blocking(
        [&from = database(), work = std::move(work)]() mutable { return from.read(work); });
  }

  [[nodiscard]] outbox_counts counts() const;
  [[nodiscard]] kith::database& database() const noexcept;

 private:
  friend class inbox;
  friend class log_watch;
  friend class durable::log_source;
  struct impl;
  struct job {
    unique_function<void(kith::transaction&)> work;
    unique_function<void(result<void>)> done;
    std::optional<error> refused;  // what `work` itself threw
    trace_context around{};        // what who asked is at work for
    std::uint64_t number = 0;      // in the order of the asking
  };
  using announcer = unique_function<void(std::string_view body, std::string_view traceparent)>;

  [[nodiscard]] node& host() const;
  void add_topic(std::string_view name, announcer tell);
  void add(job one);

  std::unique_ptr<impl> impl_;
};

/// One event of a log.
struct logged_event {
  std::uint64_t sequence = 0;
  std::string topic;
  std::string key;
  std::string body;  ///< encoded
  std::string traceparent;
  wall_time written{};  ///< by the writer's clock

  /// \throws failure (bad_payload) when it is none
  template <class Event>
  [[nodiscard]] Event as() const {
    auto event = decode<Event>(body);
    if (!event) {
      throw failure{std::move(event.error())};
    }
    return std::move(*event);
  }
};

/// Reads the log of an outbox's own database as it grows, whichever instance appends: to stream it,
/// for example. It changes nothing, and nothing is kept for it: what is retired before it was read
/// ends the reading (`gap_unrecoverable`). A slow one reads later, and costs no memory.
class log_watch {
 public:
  /// Only those topics (none: all), and only that key. `of` has its node, and outlives this.
  explicit log_watch(outbox& of, std::vector<std::string> topics = {},
                     std::optional<std::string> key = {});

  /// First: it reads on behind that event, or, without one, behind the newest. Gives its number.
  /// \throws failure `log_regressed` when the log has no such event (yet), `gap_unrecoverable`
  task<std::uint64_t> begin(std::optional<std::uint64_t> after = {});
  /// Waits for the next events, at least one, in the log's order. One at a time. \throws failure
  /// `overloaded` when 4096 wait for this outbox's log already; the next attempt may do
  task<std::vector<logged_event>> next();

 private:
  outbox* outbox_;
  std::vector<std::string> topics_;
  std::optional<std::string> key_;
  std::uint64_t sequence_ = 0;
  std::int64_t mark_ = 0;
};

/// Beside a durable event. Valid during the handler.
struct durable_info {
  std::string_view log;  ///< identity of the database that it comes from
  std::uint64_t sequence = 0;
  std::string_view topic;
  std::string_view key;
  std::string_view traceparent;
  wall_time written{};  ///< by the writer's clock
  wall_time applied{};  ///< now, by this node's clock
};

/// Where a group begins in a log that it has never read.
enum class log_start : std::uint8_t {
  beginning,  ///< with the oldest event that is kept
  now,        ///< with what is appended from then on
};

/// Of one inbox. Instances of one group should have the same.
struct inbox_options {
  /// Instances of one group share the group's database; each event is applied by one of them.
  /// Empty: the name of the node's service.
  std::string group{};
  log_start start = log_start::beginning;
  /// Begin behind this event instead. For tools and repairs.
  std::optional<std::uint64_t> start_after{};
  /// An instance that has crashed is replaced after so long.
  kith::duration lease = std::chrono::seconds{2};
  /// Without an announcement a log is asked this often: what was announced in vain is found so.
  kith::duration poll = std::chrono::seconds{1};
  /// An event whose handler threw is tried so often, then it becomes a dead letter.
  std::uint32_t attempts = 5;
  kith::duration first_pause = std::chrono::milliseconds{100};  ///< before the second; doubles
  kith::duration longest_pause = std::chrono::seconds{5};
  std::uint32_t page = 256;  ///< events in one transaction, at most
  /// Logs that it follows, at most. One that is found beyond is not applied: it is an error in the
  /// log, a refusal in the books (queue "inbox"), and a `log_trouble::not_followed`.
  std::uint32_t logs = 256;
};

/// What keeps a log from being read on.
enum class log_trouble : std::uint8_t {
  none,          ///< it is read
  unreachable,   ///< no instance of its service answers
  regressed,     ///< it was restored from a backup: it ends before what was applied
  gap,           ///< events were retired before this group had them
  database,      ///< a database, mostly this group's own, is away or refuses
  poison,        ///< the handler of the next event throws; it is tried again
  not_followed,  ///< the inbox follows as many logs as it may: inbox_options::logs
};

/// One log as a group follows it.
struct inbox_lag {
  std::string log;
  std::string service;        ///< whose log it is
  bool mine = false;          ///< this instance works it
  std::uint64_t applied = 0;  ///< up to here
  std::uint64_t last = 0;     ///< of the log, as far as is known
  std::uint64_t events = 0;   ///< applied by this instance
  std::uint64_t dead = 0;     ///< dead letters made by this instance
  log_trouble trouble = log_trouble::none;
  std::string why;            ///< the trouble in words
  std::uint64_t letters = 0;  ///< dead letters in the table, as last counted by who works the log
};

/// Applies the events of others' logs in this node's own database.
///
/// A log that was restored from a backup (`log_regressed`) and events that were retired unread
/// (`gap_unrecoverable`) stop its reading, loudly: nothing is skipped.
class inbox {
 public:
  /// Works on the database of `through`, and what handlers append goes out through it.
  explicit inbox(outbox& through, inbox_options options = {});
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;
  ~inbox();

  /// `handler(transaction&, const Event&)` or `(transaction&, const Event&, const durable_info&)`.
  /// It runs in the transaction that moves the group's cursor. Before `run_on`; one for a topic.
  /// What it throws undoes what it did; see `inbox_options::attempts`. With a `key`, events with
  /// another key pass unheard.
  template <class Event, class F>
  void on(const topic<Event>& which, F handler, std::optional<std::string> key = {}) {
    add_handler(std::string{which.name}, std::move(key),
                [handler = std::move(handler)](kith::transaction& tx, std::string_view body,
                                               const durable_info& info) mutable {
                  auto event = decode<Event>(body);
                  if (!event) {
                    throw failure{std::move(event.error())};
                  }
                  if constexpr (std::is_invocable_v<F&, kith::transaction&, const Event&,
                                                    const durable_info&>) {
                    handler(tx, static_cast<const Event&>(*event), info);
                  } else {
                    handler(tx, static_cast<const Event&>(*event));
                  }
                });
  }

  /// Called on the loop after each commit that applied events. One function: another takes its
  /// place. What it throws is logged, and undoes nothing.
  void on_applied(unique_function<void()> then);

  /// After the outbox's, before the node starts. \throws failure of the database,
  /// `failed_precondition` when the outbox has no node
  void run_on(node& host);

  [[nodiscard]] std::vector<inbox_lag> lag() const;

 private:
  struct impl;
  using raw_handler =
      unique_function<void(kith::transaction&, std::string_view body, const durable_info&)>;
  void add_handler(std::string topic, std::optional<std::string> key, raw_handler handler);

  std::unique_ptr<impl> impl_;
};

}  // namespace kith
