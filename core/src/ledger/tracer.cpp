// SPDX-License-Identifier: MPL-2.0
#include "ledger/tracer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/tracestate.hpp"
#include "base/utf8.hpp"

namespace kith::ledger {
namespace {

constexpr std::size_t record_octets = 16 + 8 + 8 + 1;

template <std::size_t N>
void fill(std::array<std::uint8_t, N>& octets, random_source& random) {
  do {
    for (std::size_t i = 0; i < N; i += sizeof(std::uint64_t)) {
      const auto drawn = random();
      std::memcpy(octets.data() + i, &drawn, sizeof drawn);
    }
  } while (octets == std::array<std::uint8_t, N>{});  // all zeros mean none
}

template <std::size_t N>
void append(bytes& to, const std::array<std::uint8_t, N>& octets) {
  to.append(reinterpret_cast<const char*>(octets.data()), N);
}

template <std::size_t N>
void take(byte_view& from, std::array<std::uint8_t, N>& octets) noexcept {
  std::copy_n(from.begin(), N, reinterpret_cast<char*>(octets.data()));
  from.remove_prefix(N);
}

}  // namespace

bytes span_record::to_bytes() const {
  bytes octets;
  append(octets, span.trace);
  append(octets, span.span);
  append(octets, parent);
  octets += span.sampled ? '\1' : '\0';
  octets += name;
  return octets;
}

std::optional<span_record> span_record::from_bytes(byte_view octets) noexcept {
  if (octets.size() < record_octets) {
    return std::nullopt;
  }
  span_record made;
  take(octets, made.span.trace);
  take(octets, made.span.span);
  take(octets, made.parent);
  made.span.sampled = octets.front() != '\0';
  octets.remove_prefix(1);
  made.name = is_utf8(octets) ? octets : byte_view{};
  return made;
}

void trace_states::keep(const trace_context& work, std::string state) {
  const key of{work.trace, work.span};
  if (!states_.insert_or_assign(of, std::move(state)).second) {
    return;
  }
  order_.push_back(of);
  if (order_.size() > most) {
    states_.erase(order_.front());
    order_.pop_front();
  }
}

std::string trace_states::of(const trace_context& work) const {
  if (states_.empty()) {
    return {};
  }
  const auto found = states_.find(key{work.trace, work.span});
  return found == states_.end() ? std::string{} : found->second;
}

bool is_sampled(const std::array<std::uint8_t, 16>& trace, double ratio) noexcept {
  constexpr double all = 18'446'744'073'709'551'616.0;  // 2^64
  std::uint64_t low = 0;
  for (std::size_t i = 8; i < trace.size(); ++i) {
    low = low << 8U | trace[i];
  }
  return ratio >= 1 || low < static_cast<std::uint64_t>(std::max(ratio, 0.0) * all);
}

void tracer::begin(trace_headers& given, time_point now) {
  if (!given.traceparent.empty()) {
    const auto parent = trace_context::from_string(given.traceparent);
    given.tracestate = parent ? tracestate_of(given.tracestate) : std::string{};
    if (parent) {
      given.traceparent = child_of(*parent, now).to_string();
    }
    return;
  }
  given.tracestate.clear();
  if (const auto& around = current_trace(); !around.is_nil()) {
    given.tracestate = states_.of(around);
    given.traceparent = child_of(around, now).to_string();
    return;
  }
  begin_root(given, now);
}

void tracer::begin_root(trace_headers& into, time_point now) {
  if (per_second_ == 0) {
    return;
  }
  trace_context root;
  if (ratio_ < 1) {
    fill(root.trace, random_);
    if (!is_sampled(root.trace, ratio_)) {  // whoever goes on with it must not begin one
      fill(root.span, random_);
      into.traceparent = root.to_string();
      return;
    }
  }
  if (!may_begin(now)) {
    return;
  }
  if (root.is_nil()) {
    fill(root.trace, random_);
  }
  fill(root.span, random_);
  root.sampled = true;
  keep(root, {}, now);
  into.traceparent = root.to_string();
}

trace_context tracer::enter(std::string_view traceparent, const std::string& state, time_point now,
                            std::string_view name) {
  if (traceparent.empty()) {
    return {};
  }
  const auto caller = trace_context::from_string(traceparent);
  if (!caller) {
    return {};
  }
  const auto work = child_of(*caller, now, name);
  if (!state.empty()) {
    states_.keep(work, state);
  }
  return work;
}

trace_context tracer::resume(std::string_view traceparent, std::string state) {
  const auto work = trace_context::from_string(traceparent);
  if (work && !state.empty()) {
    states_.keep(*work, std::move(state));
  }
  return work.value_or(trace_context{});
}

/// One that is not sampled is passed on and leaves nothing here.
trace_context tracer::child_of(const trace_context& parent, time_point now, std::string_view name) {
  auto child = parent;
  if (parent.sampled) {
    fill(child.span, random_);
    keep(child, parent.span, now, name);
  }
  return child;
}

bool tracer::may_begin(time_point now) noexcept {
  if (now - second_ >= std::chrono::seconds{1} || begun_ == 0) {
    second_ = now;
    begun_ = 0;
  }
  return begun_ < per_second_ && ++begun_ > 0;
}

void tracer::keep(const trace_context& span, const std::array<std::uint8_t, 8>& parent,
                  time_point now, std::string_view name) {
  recorder_->write(now, passage::span, 0, span_record{span, parent, name}.to_bytes());
}

}  // namespace kith::ledger
