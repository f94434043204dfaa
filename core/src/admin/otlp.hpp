// SPDX-License-Identifier: MPL-2.0
#pragma once

// Spans as OTLP/JSON has them (opentelemetry-proto 1.0, trace/v1): the body of POST /v1/traces.

#include <cstdint>
#include <span>
#include <string>

#include <kith/time.hpp>

namespace kith::admin {

/// Kinds as OTLP numbers them.
enum class span_kind : std::uint8_t { server = 2, client = 3, consumer = 5 };

/// A piece of work that has ended, for who looks at traces.
struct told_span {
  span_kind kind = span_kind::server;
  std::string name;    ///< the method, or the topic of a durable event
  std::string trace;   ///< 32 hexadecimal digits
  std::string id;      ///< 16 of them
  std::string parent;  ///< likewise; empty: it has none
  wall_time begin{};
  duration took{};
  std::string peer;     ///< instance at the other end, empty: none was reached; or the group
  std::string service;  ///< likewise, of a call made; or whose log it is
  std::string error;    ///< its name; empty: it went well
};

/// Who tells.
struct span_source {
  std::string service;
  std::string instance;
  std::string id;
  std::string version;
};

[[nodiscard]] std::string otlp_json(const span_source& source, std::span<const told_span> spans);

}  // namespace kith::admin
