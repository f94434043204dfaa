// SPDX-License-Identifier: MPL-2.0

// Durable events beside bare SQLite, and how long they take from a commit to the effect elsewhere.
// One JSON object on standard output; bench/driver/durable.py reads it.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sqlite3.h>

#include <kith/durable.hpp>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

struct measured {
  std::int64_t number = 0;
  std::string filling;
};
KITH_DESCRIBE(measured, number, filling)

constexpr kith::topic<measured> made{"bench.made"};
const std::string filling(48, 'x');  // 64 octets, encoded
constexpr std::size_t batch = kith::outbox::max_batch;

double seconds_since(clock_type::time_point begin) {
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

double percentile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values.empty()
             ? 0
             : values[std::min(values.size() - 1, static_cast<std::size_t>(
                                                      share * static_cast<double>(values.size())))];
}

std::int64_t resident_kb() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) {
      return std::stoll(line.substr(6));
    }
  }
  return 0;
}

kith::config config_of(const std::string& service) {
  kith::config config;
  config.service = service;
  config.domain = "bench-durable-" + std::to_string(::getpid());
  config.log_level = "error";
  return config;
}

/// What the disk takes for one sync of 4 KiB that were appended.
std::vector<double> syncs(const std::string& directory) {
  std::vector<double> times;
  const auto path = directory + "/sync";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  for (int i = 0; i < 200; ++i) {
    if (::write(file, page.data(), page.size()) != static_cast<ssize_t>(page.size())) {
      break;
    }
    const auto begin = clock_type::now();
    ::fdatasync(file);
    times.push_back(seconds_since(begin) * 1e3);
  }
  ::close(file);
  return times;
}

/// Of both sides: a checkpoint is part of what they do.
constexpr std::uint32_t checkpoint_pages = 4000;

/// The same rows as the log's, in transactions of `batch`, by SQLite's own interface.
class bare_sqlite {
 public:
  explicit bare_sqlite(const std::string& path) {
    sqlite3_open(path.c_str(), &handle_);
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run(("PRAGMA wal_autocheckpoint=" + std::to_string(checkpoint_pages)).c_str());
    run("CREATE TABLE log(sequence INTEGER PRIMARY KEY, mark INTEGER NOT NULL, topic TEXT NOT NULL,"
        " key TEXT NOT NULL, body BLOB NOT NULL, traceparent TEXT NOT NULL,"
        " written_us INTEGER NOT NULL)");
    sqlite3_prepare_v2(handle_, "INSERT INTO log VALUES(?, ?, 'bench.made', '', ?, '', ?)", -1,
                       &insert_, nullptr);
  }
  bare_sqlite(const bare_sqlite&) = delete;
  bare_sqlite& operator=(const bare_sqlite&) = delete;
  ~bare_sqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(handle_);
  }

  double rows_per_second(clock_type::duration span) {
    const auto begin = clock_type::now();
    std::size_t rows = 0;
    while (clock_type::now() - begin < span) {
      run("BEGIN IMMEDIATE");
      for (std::size_t i = 0; i < batch; ++i) {
        insert();
      }
      run("COMMIT");
      rows += batch;
    }
    return static_cast<double>(rows) / seconds_since(begin);
  }

 private:
  void run(const char* sql) { sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); }
  void insert() {
    const auto body = kith::encode(measured{number_, filling});
    sqlite3_bind_int64(insert_, 1, ++number_);
    sqlite3_bind_int64(insert_, 2, number_ * 7919);
    sqlite3_bind_blob64(insert_, 3, body.data(), body.size(), SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 4, number_);
    sqlite3_step(insert_);
    sqlite3_reset(insert_);
  }

  sqlite3* handle_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::int64_t number_ = 0;
};

/// A node that appends, on a thread of its own.
class source {
 public:
  explicit source(const std::string& path)
      : data_{kith::database::open(path, {.checkpoint_pages = checkpoint_pages})},
        out_{data_},
        node_{config_of("source")} {
    out_.run_on(node_);
    out_.publishes(made);
    thread_ = std::thread{[this] { node_.run(); }};
  }
  source(const source&) = delete;
  source& operator=(const source&) = delete;
  ~source() {
    node_.stop_from_any_thread();
    thread_.join();
  }

  /// One event in each function, and always enough of them for the next commits.
  double events_per_second(clock_type::duration span) {
    const auto begin = clock_type::now();
    const auto before = done_.load();
    writing_ = true;
    for (std::size_t i = 0; i < 4 * batch; ++i) {
      node_.post([this] { node_.spawn(keep_appending()); });
    }
    std::this_thread::sleep_for(span);
    const auto rate = static_cast<double>(done_.load() - before) / seconds_since(begin);
    writing_ = false;
    std::this_thread::sleep_for(100ms);
    return rate;
  }

  /// One event at a time, `rate` a second; when each was committed.
  std::vector<clock_type::time_point> append_steadily(int rate, int count) {
    std::vector<clock_type::time_point> committed(static_cast<std::size_t>(count));
    std::atomic<int> left{count};
    auto next = clock_type::now();
    for (int i = 0; i < count; ++i) {
      node_.post([this, &committed, &left, i] { node_.spawn(append_one(committed, left, i)); });
      next += std::chrono::nanoseconds{1'000'000'000 / rate};
      std::this_thread::sleep_until(next);
    }
    while (left.load() > 0) {
      std::this_thread::sleep_for(1ms);
    }
    return committed;
  }

  void fill(std::int64_t events) {
    std::atomic<std::int64_t> left{events / per_function};
    for (std::int64_t i = 0; i < events / per_function; ++i) {
      node_.post([this, &left] { node_.spawn(append_many(left)); });
    }
    while (left.load() > 0) {
      std::this_thread::sleep_for(10ms);
    }
  }

 private:
  static constexpr std::int64_t per_function = 1000;

  kith::task<void> keep_appending() {
    while (writing_.load(std::memory_order_relaxed)) {
      auto adding = out_.transaction([this](kith::transaction& tx) {
        tx.append(made, {done_.load(std::memory_order_relaxed), filling});
      });
      co_await adding;
      done_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  kith::task<void> append_one(std::vector<clock_type::time_point>& committed,
                              std::atomic<int>& left, int number) {
    auto adding = out_.transaction([number](kith::transaction& tx) {
      tx.append(made, {number, filling});
    });
    co_await adding;
    committed[static_cast<std::size_t>(number)] = clock_type::now();
    --left;
  }
  kith::task<void> append_many(std::atomic<std::int64_t>& left) {
    auto adding = out_.transaction([](kith::transaction& tx) {
      for (std::int64_t i = 0; i < per_function; ++i) {
        tx.append(made, {-1, filling});
      }
    });
    co_await adding;
    --left;
  }

  kith::database data_;
  kith::outbox out_;
  kith::node node_;
  std::atomic<bool> writing_{false};
  std::atomic<std::int64_t> done_{0};
  std::thread thread_;
};

/// A node that applies, on a thread of its own.
class sink {
 public:
  sink(const std::string& path, std::uint32_t page, std::size_t expected)
      : applied_at_(expected),
        data_{kith::database::open(path, {.checkpoint_pages = checkpoint_pages})},
        out_{data_},
        in_{out_, {.page = page}},
        node_{config_of("sink")} {
    data_.migrate("bench", {"CREATE TABLE seen(number INTEGER NOT NULL)"});
    out_.run_on(node_);
    in_.on(made, [this](kith::transaction& tx, const measured& event) {
      if (!applied_at_.empty()) {
        tx.execute("INSERT INTO seen VALUES(?)", event.number);
        if (event.number >= 0) {
          pending_.push_back(event.number);
        }
      }
      ++handled_;
    });
    in_.on_applied([this] {
      const auto now = clock_type::now();
      for (const auto number : std::exchange(pending_, {})) {
        applied_at_[static_cast<std::size_t>(number)] = now;
      }
      applied_ = handled_.load();
    });
    in_.run_on(node_);
    thread_ = std::thread{[this] { node_.run(); }};
  }
  sink(const sink&) = delete;
  sink& operator=(const sink&) = delete;
  ~sink() {
    node_.stop_from_any_thread();
    thread_.join();
  }

  bool applied(std::int64_t events, clock_type::duration limit) const {
    const auto end = clock_type::now() + limit;
    while (applied_.load() < events && clock_type::now() < end) {
      std::this_thread::sleep_for(1ms);
    }
    return applied_.load() >= events;
  }
  [[nodiscard]] const std::vector<clock_type::time_point>& times() const { return applied_at_; }

 private:
  std::vector<clock_type::time_point> applied_at_;
  std::vector<std::int64_t> pending_;  // of the commit under way: the pool's, then the loop's
  std::atomic<std::int64_t> handled_{0};
  std::atomic<std::int64_t> applied_{0};
  kith::database data_;
  kith::outbox out_;
  kith::inbox in_;
  kith::node node_;
  std::thread thread_;
};

void publish(const std::string& directory, int rounds, clock_type::duration span,
             std::ostream& out) {
  source kith_side{directory + "/publish.db"};
  bare_sqlite bare_side{directory + "/bare.db"};
  out << "\"publish\": [";
  for (int i = 0; i < rounds; ++i) {
    const bool first = i % 2 == 0;
    const double before = first ? bare_side.rows_per_second(span) : 0;
    const double ours = kith_side.events_per_second(span);
    const double bare = first ? before : bare_side.rows_per_second(span);
    out << (i == 0 ? "" : ", ") << "{\"bare\": " << bare << ", \"kith\": " << ours << "}";
  }
  out << "]";
}

bool latency(const std::string& directory, int rate, int count, std::ostream& out) {
  source from{directory + "/latency-source.db"};
  sink to{directory + "/latency-sink.db", 256, static_cast<std::size_t>(count)};
  from.fill(1000);  // until the sink follows
  if (!to.applied(1000, 20s)) {
    return false;
  }
  const auto committed = from.append_steadily(rate, count);
  if (!to.applied(1000 + count, 20s)) {
    return false;
  }
  std::vector<double> times;
  for (std::size_t i = 0; i < committed.size(); ++i) {
    times.push_back(
        std::chrono::duration<double, std::milli>(to.times()[i] - committed[i]).count());
  }
  out << "\"latency\": {\"rate\": " << rate << ", \"events\": " << count
      << ", \"p50_ms\": " << percentile(times, 0.5) << ", \"p99_ms\": " << percentile(times, 0.99)
      << ", \"max_ms\": " << times.back() << "}";
  return true;
}

bool replay(const std::string& directory, std::int64_t events, std::ostream& out) {
  source from{directory + "/replay-source.db"};
  from.fill(events);
  const auto begin = clock_type::now();
  sink to{directory + "/replay-sink.db", 4096, 0};
  if (!to.applied(events / 2, 60s)) {
    return false;
  }
  const auto early = resident_kb();
  if (!to.applied(events, 120s)) {
    return false;
  }
  const auto took = seconds_since(begin);
  out << "\"replay\": {\"events\": " << events
      << ", \"per_second\": " << static_cast<double>(events) / took << ", \"early_kb\": " << early
      << ", \"late_kb\": " << resident_kb() << "}";
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: bench_durable DIRECTORY ROUNDS SPAN_MS REPLAYED_EVENTS\n";
    return 2;
  }
  try {
    const std::string directory = argv[1];
    std::ostringstream out;
    auto times = syncs(directory);
    out << "{\"sync\": {\"p50_ms\": " << percentile(times, 0.5)
        << ", \"p99_ms\": " << percentile(times, 0.99) << "},\n";
    publish(directory, std::stoi(argv[2]), std::chrono::milliseconds{std::stoi(argv[3])}, out);
    out << ",\n";
    const bool followed = latency(directory, 1000, 5 * std::stoi(argv[3]), out);
    out << ",\n";
    if (!followed || !replay(directory, std::stoll(argv[4]), out)) {
      std::cerr << "bench_durable: the events were not applied in time\n";
      return 1;
    }
    std::cout << out.str() << "}\n";
    return 0;
  } catch (const std::exception& failed) {
    std::cerr << "bench_durable: " << failed.what() << '\n';
    return 1;
  }
}
