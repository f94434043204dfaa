// SPDX-License-Identifier: MPL-2.0
#include "kith/figures/call_tally.hpp"

#include <algorithm>
#include <chrono>

namespace kith::tool {
namespace {

std::uint64_t failures_of(const call_info& row) noexcept {
  std::uint64_t sum = 0;
  for (const auto& [code, count] : row.failed) {
    sum += count;
  }
  return sum;
}

template <class Row, class Same>
const Row* find_row(const std::vector<Row>& rows, Same same) noexcept {
  const auto found = std::find_if(rows.begin(), rows.end(), same);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

double rate_of(std::uint64_t now, std::uint64_t before, double seconds) noexcept {
  return seconds > 0 && now > before ? static_cast<double>(now - before) / seconds : 0.0;
}

std::uint64_t all_drops_of(const account_info& row) noexcept {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : row.dropped) {
    sum += count;
  }
  return sum;
}

bool is_own(std::string_view name) noexcept {
  return name.starts_with("kith.") || name == "(repeated)" || name == "(hedged)";
}

const account_info* find(const node_status* in, const account_info& like) noexcept {
  return in == nullptr ? nullptr : find_row(in->accounts, [&](const account_info& one) {
    return one.scope == like.scope && one.direction == like.direction && one.key == like.key;
  });
}

const call_info* find(const node_status* in, const call_info& like) noexcept {
  return in == nullptr ? nullptr : find_row(in->calls, [&](const call_info& one) {
    return one.direction == like.direction && one.method == like.method;
  });
}

const callee_info* find(const node_status* in, const callee_info& like) noexcept {
  return in == nullptr
             ? nullptr
             : find_row(in->callees, [&](const callee_info& one) { return one.peer == like.peer; });
}

const follow_info* find(const node_status* in, const follow_info& like) noexcept {
  return in == nullptr ? nullptr : find_row(in->follows, [&](const follow_info& one) {
    return one.group == like.group && one.log == like.log;
  });
}

void call_tally::add(const latency_info& now, const latency_info* before) {
  const auto spans = admin::histogram_of(now);
  spans_ += before != nullptr ? spans.since(admin::histogram_of(*before)) : spans;
}

void call_tally::add(const account_info& row, const account_info* before, double seconds) {
  figures_.calls_per_s += rate_of(row.sent, before != nullptr ? before->sent : 0, seconds);
  figures_.drops_per_s +=
      rate_of(all_drops_of(row), before != nullptr ? all_drops_of(*before) : 0, seconds);
}

void call_tally::add(const call_info& row, const call_info* before, double seconds) {
  figures_.errors_per_s +=
      rate_of(failures_of(row), before != nullptr ? failures_of(*before) : 0, seconds);
  add(row.took, before != nullptr ? &before->took : nullptr);
}

void call_tally::add(const callee_info& row, const callee_info* before, double seconds) {
  figures_.calls_per_s += rate_of(row.attempts, before != nullptr ? before->attempts : 0, seconds);
  figures_.errors_per_s += rate_of(row.failed, before != nullptr ? before->failed : 0, seconds);
  add(row.took, before != nullptr ? &before->took : nullptr);
}

call_tally& call_tally::operator+=(const call_tally& other) {
  figures_.calls_per_s += other.figures_.calls_per_s;
  figures_.errors_per_s += other.figures_.errors_per_s;
  figures_.drops_per_s += other.figures_.drops_per_s;
  spans_ += other.spans_;
  return *this;
}

call_figures call_tally::told() const {
  const auto quantile = [this](double share) -> std::optional<std::int64_t> {
    const auto span = spans_.quantile(share);
    return span ? std::optional{std::chrono::ceil<std::chrono::microseconds>(*span).count()}
                : std::nullopt;
  };
  auto all = figures_;
  all.p50_us = quantile(0.5);
  all.p99_us = quantile(0.99);
  all.p999_us = quantile(0.999);
  return all;
}

}  // namespace kith::tool
