// SPDX-License-Identifier: MPL-2.0
#pragma once

// Sources that append to one log, and groups that apply it, each on a database of its own.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <kith/durable.hpp>

#include "services_shop.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {

inline constexpr topic<word> rig_counted{"rig.counted"};
inline constexpr topic<word> rig_second{"rig.second"};

class durable_rig {
 public:
  explicit durable_rig(std::uint64_t seed = 1) : files_{seed}, all_{seed} {}
  durable_rig(const durable_rig&) = delete;
  durable_rig& operator=(const durable_rig&) = delete;

 protected:
  ~durable_rig() { expect_balance(all_); }
  /// One life of an instance.
  struct life {
    life(const std::string& file, const outbox_options& policy)
        : data{database::open(file)}, out{data, policy} {}
    database data;
    outbox out;
    std::optional<inbox> in;
  };

  /// Instances on one database, which append.
  void add_source(const std::string& name, const std::string& file = "source.db") {
    all_.add(name, [this, name, file](node& n) { begin_source(name, file, n); });
  }
  void begin_source(const std::string& name, const std::string& file, node& n) {
    auto& now = begin_life(name, file);
    now.out.run_on(n);
    now.out.publishes(rig_counted);
    now.out.publishes(rig_second);
  }
  /// An instance of the group that is called as its service, on a database of that name; it may
  /// append to its own log, too.
  void add_sink(const std::string& name, const std::string& file = {}, bool appends = false) {
    const auto group = name.substr(0, name.rfind('-'));
    const auto where = file.empty() ? group + ".db" : file;
    all_.add(name, [=, this, options = options_](node& n) {
      auto& now = begin_life(name, where);
      now.data.migrate("sink", {"CREATE TABLE seen(id INTEGER PRIMARY KEY AUTOINCREMENT,"
                                " number INTEGER NOT NULL)"});
      now.out.run_on(n);
      if (appends) {
        now.out.publishes(rig_counted);
      }
      now.in.emplace(now.out, options);
      listen(*now.in);
      now.in->run_on(n);
    });
  }

  static task<void> append_one(outbox& out, std::int64_t number, bool both) {
    auto adding = out.transaction([number, both](transaction& tx) {
      tx.append(rig_counted, word{"event", number}, {.key = number % 2 == 0 ? "even" : "odd"});
      if (both) {
        tx.append(rig_second, word{"other", number + 1'000'000});
      }
    });
    co_await adding;
  }
  void append(const std::string& name, std::int64_t from, std::int64_t to) {
    for (auto next = from; next < to; next += 1000) {
      all_.on(name, [&](node& n) {
        for (auto i = next; i < std::min(to, next + 1000); ++i) {
          n.spawn(append_one(now_[name]->out, i, both_topics_));
        }
      });
      all_.world.run_for(50ms);
    }
  }

  std::vector<std::int64_t> numbers(const std::string& file, const std::string& sql) {
    std::vector<std::int64_t> all;
    files_.look(file).read([&](transaction& tx) {
      for (const auto& row : tx.query(sql)) {
        all.push_back(row.get<std::optional<std::int64_t>>(0).value_or(0));
      }
    });
    return all;
  }
  std::int64_t number(const std::string& file, const std::string& sql) {
    return numbers(file, sql).at(0);
  }
  std::vector<std::int64_t> seen(const std::string& group) {
    return numbers(group + ".db", "SELECT number FROM seen ORDER BY id");
  }
  bool applied(const std::string& group, std::size_t events, duration limit) {
    return all_.world.run_until([&] { return seen(group).size() >= events; }, limit);
  }
  static std::vector<std::int64_t> from_to(std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> all;
    for (auto i = from; i < to; ++i) {
      all.push_back(i);
    }
    return all;
  }
  inbox_lag lag_of(const std::string& name) {
    const auto rows = now_[name]->in->lag();
    return rows.empty() ? inbox_lag{} : rows.front();
  }

  shop_directory files_;
  std::vector<std::unique_ptr<life>> lives_;  // the dead ones too: their nodes are gone before
  std::map<std::string, life*> now_;
  outbox_options policy_;
  inbox_options options_;                  ///< of sinks that are added from now on
  std::optional<std::string> key_;         ///< the only one they want
  bool both_topics_ = false;               ///< sources append to both, sinks hear both
  std::set<std::int64_t> poison_;          ///< handlers throw at these
  std::set<std::int64_t> strange_poison_;  ///< and what is no std::exception at these
  cluster all_;

 private:
  life& begin_life(const std::string& name, const std::string& file) {
    lives_.push_back(std::make_unique<life>(files_.file(file), policy_));
    now_[name] = lives_.back().get();
    return *now_[name];
  }
  void listen(inbox& in) {
    const auto keep = [this](transaction& tx, const word& event) {
      tx.execute("INSERT INTO seen(number) VALUES(?)", event.number);
      if (strange_poison_.contains(event.number)) {
        throw event.number;
      }
      if (poison_.contains(event.number)) {
        throw std::runtime_error{"planted \xff"};  // what others throw is not always text
      }
    };
    in.on(rig_counted, keep, key_);
    if (both_topics_) {
      in.on(rig_second, keep);
    }
  }
};

}  // namespace kith::test
