// SPDX-License-Identifier: MPL-2.0
#pragma once

// Sends spans to a collector, in batches, as OTLP/JSON over HTTP.
//
// Design notes
// - A thread of its own makes the text, connects, sends and waits. Whoever adds a span takes a lock
//   for as long as a push takes.
// - The queue is bounded: what comes while it is full is dropped and counted. A batch that was not
//   taken is dropped, too: a collector that is away must not cost memory, and traces are samples.
// - A collector that does not answer is left alone for twice as long each time, up to
// `longest_pause`.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <kith/errors.hpp>
#include <kith/time.hpp>

#include "admin/otlp.hpp"

namespace kith::admin {

struct exporter_options {
  std::size_t queue = 4096;  ///< spans
  std::size_t batch = 512;
  duration every = std::chrono::seconds{1};     ///< a batch, full or not
  duration patience = std::chrono::seconds{2};  ///< for the collector to take one
  duration longest_pause = std::chrono::seconds{30};
};

/// Since the start; any thread.
struct exporter_counts {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> queue_full{0};
  std::atomic<std::uint64_t> not_taken{0};  ///< the collector was away, or refused them
};

class span_exporter {
 public:
  /// `collector` is "127.0.0.1:4318", checked by `endpoint::parse_host_port`.
  span_exporter(const std::string& collector, span_source source, exporter_options options = {});
  span_exporter(const span_exporter&) = delete;
  span_exporter& operator=(const span_exporter&) = delete;
  /// Sends what is there once more, if the collector was there last, for 300 ms at most.
  ~span_exporter();

  /// Any thread.
  void add(told_span one);
  [[nodiscard]] const exporter_counts& counts() const noexcept { return counts_; }

 private:
  void run();
  bool send(const std::vector<told_span>& batch, bool last);

  std::string collector_;
  span_source source_;
  exporter_options options_;
  exporter_counts counts_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<told_span> waiting_;
  std::atomic<bool> stopping_{false};  ///< set under the lock
  std::thread thread_;
};

}  // namespace kith::admin
