// SPDX-License-Identifier: MPL-2.0
#pragma once

// A node's status as Prometheus reads it. Names and units are those of its conventions; what can
// be many (peers) is summed, so that the number of series is bounded by methods, topics and
// services.

#include <cstdint>
#include <string>
#include <string_view>

#include <kith/introspection.hpp>

#include "admin/http_server.hpp"

namespace kith::admin {

enum class metrics_format : std::uint8_t { text, open_metrics };

/// By a request's "Accept:".
[[nodiscard]] metrics_format preferred_format(std::string_view accept) noexcept;
[[nodiscard]] std::string_view content_type_of(metrics_format format) noexcept;

[[nodiscard]] std::string metrics_text(const node_status& status, const http_counts& counts,
                                       metrics_format format);

}  // namespace kith::admin
