// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where spans begin. Work that has no trace gets one when a bounded number a second allows it; work
// of a sampled trace gets a span of its own, whose parent the flight recorder keeps, so that the
// tree can be put together from the rings of all nodes (`kith trace`).
//
// Loop thread only.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kith/errors.hpp>
#include <kith/identity.hpp>
#include <kith/time.hpp>

#include "base/random.hpp"
#include "ledger/flight_recorder.hpp"

namespace kith::ledger {

/// What the recorder keeps of a span, as octets.
struct span_record {
  trace_context span;
  std::array<std::uint8_t, 8> parent{};  ///< zeros: it has none
  std::string_view name{};               ///< of work that no envelope tells of; in those octets

  [[nodiscard]] bytes to_bytes() const;
  static std::optional<span_record> from_bytes(byte_view octets) noexcept;
};

/// As they travel.
struct trace_headers {
  std::string traceparent;
  std::string tracestate;
};

/// What a `tracestate` was received with, as long as somebody may be at work for it: by the span of
/// that work. The oldest is forgotten beyond so many.
class trace_states {
 public:
  static constexpr std::size_t most = 1024;

  void keep(const trace_context& work, std::string state);
  /// Empty: there is none (any more).
  [[nodiscard]] std::string of(const trace_context& work) const;

 private:
  using key = std::pair<std::array<std::uint8_t, 16>, std::array<std::uint8_t, 8>>;
  std::map<key, std::string> states_;
  std::deque<key> order_;
};

/// Whether a trace of that id is one of the share: its last 64 bits are below that share of all, as
/// OpenTelemetry's TraceIdRatioBased has it.
[[nodiscard]] bool is_sampled(const std::array<std::uint8_t, 16>& trace, double ratio) noexcept;

/// A span that has ended. What it refers to is there during the call.
struct ended_span {
  enum class sort : std::uint8_t { served, called, applied };
  sort what = sort::served;  ///< a call, here or elsewhere; or a durable event, here
  std::string_view method;   ///< or the topic
  std::string_view service;  ///< of a call that was made: whose method
  std::string_view peer;     ///< instance at the other end, if one was reached; or the group
  trace_context span;
  std::array<std::uint8_t, 8> parent{};  ///< zeros: it has none
  duration took{};                       ///< until now
  errc failed{};                         ///< zero: it went well
};

/// Who sends spans to where traces are looked at.
class span_teller {
 public:
  virtual ~span_teller() = default;
  virtual void on_span(const ended_span& one) = 0;
};

class tracer {
 public:
  /// At most so many sampled traces begin in a second; 0: none does. `ratio` of all that begin are
  /// sampled.
  tracer(flight_recorder& recorder, std::uint32_t traces_per_second, double ratio,
         random_source random)
      : recorder_{&recorder}, per_second_{traces_per_second}, ratio_{ratio}, random_{random} {}

  /// For a call or an event that begins here: of a span below the one that was given for it, or
  /// else below `current_trace()`, or else the first one of a trace; or empty. A `traceparent` that
  /// was given and is not understood is passed on. The `tracestate` is that of the span above.
  void begin(trace_headers& given, time_point now);
  /// From now on sampled spans are told when they end; null: they are not.
  void tell(span_teller* whom) noexcept { teller_ = whom; }
  [[nodiscard]] span_teller* teller() const noexcept { return teller_; }

  /// Of the work that a received `traceparent` asks for. Nil when there is none, or when it is not
  /// understood. `state` is what `tracestate_of` makes of the one received; `name` is kept with the
  /// span.
  trace_context enter(std::string_view traceparent, const std::string& state, time_point now,
                      std::string_view name = {});
  /// Of work that began before: no new span. Nil and `state` as above.
  trace_context resume(std::string_view traceparent, std::string state);
  /// The `tracestate` of `current_trace()`.
  [[nodiscard]] std::string state_around() const { return states_.of(current_trace()); }

 private:
  void begin_root(trace_headers& into, time_point now);
  trace_context child_of(const trace_context& parent, time_point now, std::string_view name = {});
  [[nodiscard]] bool may_begin(time_point now) noexcept;
  void keep(const trace_context& span, const std::array<std::uint8_t, 8>& parent, time_point now,
            std::string_view name = {});

  flight_recorder* recorder_;
  span_teller* teller_ = nullptr;
  std::uint32_t per_second_;
  double ratio_;
  random_source random_;
  trace_states states_;
  time_point second_{};      ///< when the present one began
  std::uint32_t begun_ = 0;  ///< in it
};

}  // namespace kith::ledger
