// SPDX-License-Identifier: MPL-2.0
#include "admin/span_exporter.hpp"

#include <algorithm>
#include <utility>

#include "admin/http_post.hpp"

namespace kith::admin {
namespace {

constexpr duration last_patience = std::chrono::milliseconds{300};
constexpr duration first_pause = std::chrono::seconds{1};

}  // namespace

span_exporter::span_exporter(const std::string& collector, span_source source,
                             exporter_options options)
    : collector_{collector}, source_{std::move(source)}, options_{options}, thread_{[this] {
        run();
      }} {}

span_exporter::~span_exporter() {
  {
    const std::lock_guard lock{guard_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void span_exporter::add(told_span one) {
  bool full = false;
  {
    const std::lock_guard lock{guard_};
    if (waiting_.size() >= options_.queue) {
      ++counts_.queue_full;
      return;
    }
    waiting_.push_back(std::move(one));
    full = waiting_.size() == options_.batch;
  }
  if (full) {
    changed_.notify_one();
  }
}

void span_exporter::run() {
  duration pause{};  ///< zero: the collector took the last one
  for (;;) {
    std::vector<told_span> batch;
    bool last = false;
    {
      std::unique_lock lock{guard_};
      changed_.wait_for(lock, pause > duration{} ? pause : options_.every, [&] {
        return stopping_ || (pause == duration{} && waiting_.size() >= options_.batch);
      });
      last = stopping_;
      const auto some = std::min(waiting_.size(), options_.batch);
      const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(some);
      batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
      waiting_.erase(waiting_.begin(), end);
    }
    const bool try_it = !batch.empty() && !(last && pause > duration{});
    if (try_it && !send(batch, last)) {
      pause = std::clamp(2 * pause, std::min(first_pause, options_.longest_pause),
                         options_.longest_pause);
    } else if (try_it) {
      pause = {};
    }
    if (last) {
      return;
    }
  }
}

bool span_exporter::send(const std::vector<told_span>& batch, bool last) {
  const std::atomic<bool> never{false};
  const auto status = post_json(collector_, "/v1/traces", otlp_json(source_, batch),
                                last ? last_patience : options_.patience, last ? never : stopping_);
  const bool taken = status >= 200 && status < 300;
  (taken ? counts_.sent : counts_.not_taken) += batch.size();
  return taken;
}

}  // namespace kith::admin
