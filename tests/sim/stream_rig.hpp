// SPDX-License-Identifier: MPL-2.0
#pragma once

// Servers and readers of streams.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/cluster.hpp"

namespace kith::test {

inline constexpr stream_method<word, word> count_up{"test.count_up", idempotent};

/// Serves `count_up`: items 1, 2, ... up to the number that was asked for (0: without end). Its
/// text says how: "slow", every 10 s; "fails", at the end; "large", 60 kB each; "idle", no item.
struct fountain {
  int began = 0;
  int ended = 0;
  std::int64_t written = 0;
  std::vector<errc> cut;  ///< what handlers were ended by

  cluster::setup on() {
    return [this](node& n) {
      serve_echo(n);
      n.serve(count_up, [this, &n](word what, stream_writer<word>& out, call_context& call) {
        return run(n, std::move(what), out, call);
      });
    };
  }

 private:
  task<void> run(node& n, word what, stream_writer<word>& out, call_context& call) {
    ++began;
    EXPECT_EQ(call.deadline(), time_point::max());
    try {
      if (what.text == "idle") {
        co_await n.sleep(1h);
      }
      for (std::int64_t i = 1; what.number == 0 || i <= what.number; ++i) {
        if (what.text == "slow") {
          co_await n.sleep(10s);
        }
        const word item{std::string(what.text == "large" ? 60'000 : 1, 'x'), i};
        co_await out.write(item);
        ++written;
      }
      if (what.text == "fails") {
        throw not_found{"no more"};
      }
    } catch (const failure& why) {
      cut.push_back(why.what_code());
      throw;
    }
    ++ended;
  }
};

/// What one reader of a stream came to.
struct reading {
  std::vector<std::int64_t> got;
  bool good = false;
  std::optional<error> bad;
  time_point ended{};
  std::unique_ptr<stream<word>> open;  ///< of `hold`

  [[nodiscard]] bool done() const noexcept { return good || bad; }
  [[nodiscard]] bool in_order() const {
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (got[i] != static_cast<std::int64_t>(i) + 1) {
        return false;
      }
    }
    return true;
  }
};

/// Takes all, and waits for `pause` after each; stops after `most`, by dropping the stream.
inline task<void> read_all(node& n, reading& into, word request, stream_options options = {},
                           duration pause = {}, std::size_t most = 1'000'000) {
  auto items = n.service("order").open(count_up, request, options);
  try {
    while (auto one = co_await items.next()) {
      into.got.push_back(one->number);
      if (into.got.size() >= most) {
        break;
      }
      if (pause > duration{}) {
        co_await n.sleep(pause);
      }
    }
    into.good = true;
  } catch (const failure& why) {
    into.bad = why.reason();
  }
  into.ended = n.now();
}

}  // namespace kith::test
