// SPDX-License-Identifier: MPL-2.0
#include "admin/metric_families.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <sstream>

#include <prometheus/text_serializer.h>

#include "base/utf8.hpp"

namespace kith::admin {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t most_octets = 200;
constexpr std::string_view total = "_total";
// Octaves of microseconds: 2^5 is 32 us, 2^26 is 67 s.
constexpr std::size_t first_octave = 5;
constexpr std::size_t last_octave = 26;

double seconds_of(duration span) noexcept {
  return std::chrono::duration<double>{span}.count();
}

void add_spans(ClientMetric::Histogram& to, const ledger::histogram& value) {
  to.sample_count += value.count();
  to.sample_sum += seconds_of(value.sum());
  if (to.bucket.empty()) {
    for (auto octave = first_octave; octave <= last_octave; ++octave) {
      to.bucket.push_back({0, static_cast<double>(1ULL << octave) / 1e6});
    }
    to.bucket.push_back({0, std::numeric_limits<double>::infinity()});
  }
  for (auto octave = first_octave; octave <= last_octave; ++octave) {
    const auto edge = (octave + 1) * ledger::histogram::per_octave;
    to.bucket[octave - first_octave].cumulative_count += value.below(edge);
  }
  to.bucket.back().cumulative_count += value.count();
}

/// As short as it reads back.
std::string number_text(double value) {
  if (value == std::numeric_limits<double>::infinity()) {
    return "+Inf";
  }
  std::array<char, 32> text{};
  const auto [end, bad] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

class open_metrics_writer {
 public:
  void write(const MetricFamily& family) {
    std::string_view name = family.name;
    if (family.type == MetricType::Counter) {
      name.remove_suffix(total.size());
    }
    out_ += "# HELP " + std::string{name} + ' ' + escaped(family.help) + "\n# TYPE " +
            std::string{name} + ' ' + std::string{type_name(family.type)} + '\n';
    for (const auto& one : family.metric) {
      if (family.type == MetricType::Histogram) {
        write_histogram(family.name, one);
      } else {
        line(family.name, one, {},
             family.type == MetricType::Counter ? one.counter.value : one.gauge.value);
      }
    }
  }
  std::string end() && { return std::move(out_) + "# EOF\n"; }

 private:
  static std::string_view type_name(MetricType type) noexcept {
    switch (type) {
      case MetricType::Counter: return "counter";
      case MetricType::Histogram: return "histogram";
      default: return "gauge";
    }
  }

  void write_histogram(const std::string& name, const ClientMetric& one) {
    for (const auto& bucket : one.histogram.bucket) {
      line(name + "_bucket", one, number_text(bucket.upper_bound),
           static_cast<double>(bucket.cumulative_count));
    }
    line(name + "_count", one, {}, static_cast<double>(one.histogram.sample_count));
    line(name + "_sum", one, {}, one.histogram.sample_sum);
  }

  void line(std::string_view name, const ClientMetric& one, const std::string& upto, double value) {
    std::string labels;
    for (const auto& label : one.label) {
      labels += (labels.empty() ? "" : ",") + label.name + "=\"" + escaped(label.value) + '"';
    }
    if (!upto.empty()) {
      labels += std::string{labels.empty() ? "" : ","} + "le=\"" + upto + '"';
    }
    out_ += name;
    out_ += labels.empty() ? std::string{} : '{' + labels + '}';
    out_ += ' ' + number_text(value) + '\n';
  }

  std::string out_;
};

}  // namespace

void metric_families::count(std::string_view name, std::string_view help, double value,
                            label_list labels) {
  const auto whole = std::string{name} + std::string{total};
  sample(whole, help, MetricType::Counter, labels).counter.value += value;
}

void metric_families::gauge(std::string_view name, std::string_view help, double value,
                            label_list labels) {
  sample(name, help, MetricType::Gauge, labels).gauge.value += value;
}

void metric_families::spans(std::string_view name, std::string_view help,
                            const ledger::histogram& value, label_list labels) {
  add_spans(sample(name, help, MetricType::Histogram, labels).histogram, value);
}

ClientMetric& metric_families::sample(std::string_view name, std::string_view help, MetricType type,
                                      label_list labels) {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    found = by_name_.emplace(std::string{name}, families_.size()).first;
    families_.push_back({{std::string{name}, std::string{help}, type, {}}, {}});
  }
  auto& [made, places] = families_[found->second];
  key wanted;
  for (const auto& [label, value] : labels) {
    wanted.push_back({std::string{label}, clean_text(value, most_octets)});
  }
  const auto [place, fresh] = places.try_emplace(std::move(wanted), made.metric.size());
  if (fresh) {
    made.metric.emplace_back().label = place->first;
  }
  return made.metric[place->second];
}

std::vector<MetricFamily> metric_families::take() {
  std::vector<MetricFamily> all;
  for (auto& one : families_) {
    all.push_back(std::move(one.made));
  }
  families_.clear();
  by_name_.clear();
  return all;
}

std::string text_of(const std::vector<MetricFamily>& families) {
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, families);
  return std::move(out).str();
}

std::string open_metrics_of(const std::vector<MetricFamily>& families) {
  open_metrics_writer out;
  for (const auto& one : families) {
    out.write(one);
  }
  return std::move(out).end();
}

}  // namespace kith::admin
