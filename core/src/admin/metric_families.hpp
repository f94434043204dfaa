// SPDX-License-Identifier: MPL-2.0
#pragma once

// Metric families in the making. Two samples of the same labels become one, their sum: Prometheus
// refuses a page where they stand twice.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "ledger/histogram.hpp"

namespace kith::admin {

/// Values are made valid UTF-8 and at most 200 octets long.
using label_list = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class metric_families {
 public:
  /// `name` without "_total", which is put behind it.
  void count(std::string_view name, std::string_view help, double value, label_list labels = {});
  void gauge(std::string_view name, std::string_view help, double value, label_list labels = {});
  /// In seconds, with a bucket for each octave from 32 us to 67 s.
  void spans(std::string_view name, std::string_view help, const ledger::histogram& value,
             label_list labels = {});

  /// In the order in which they came first.
  [[nodiscard]] std::vector<prometheus::MetricFamily> take();

 private:
  using key = std::vector<prometheus::ClientMetric::Label>;
  struct family {
    prometheus::MetricFamily made;
    std::map<key, std::size_t> places;  ///< in `made.metric`
  };
  prometheus::ClientMetric& sample(std::string_view name, std::string_view help,
                                   prometheus::MetricType type, label_list labels);

  std::vector<family> families_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

/// Prometheus's text format 0.0.4, or OpenMetrics 1.0.
[[nodiscard]] std::string text_of(const std::vector<prometheus::MetricFamily>& families);
[[nodiscard]] std::string open_metrics_of(const std::vector<prometheus::MetricFamily>& families);

}  // namespace kith::admin
