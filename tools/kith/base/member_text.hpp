// SPDX-License-Identifier: MPL-2.0
#pragma once

// Members as `kith ls` shows them.

#include <cstdint>
#include <string>
#include <vector>

#include <kith/introspection.hpp>

namespace kith::tool {

/// A table, a row each, in the order given. Where it has no room in `width` columns (0: there is
/// room) it has less in it, and who is not in rotation has a line below.
[[nodiscard]] std::string member_table(const std::vector<member_info>& members, bool colour,
                                       std::size_t width = 0);

/// What is odd about the whole, a line each: instances of one service on different databases.
[[nodiscard]] std::vector<std::string> remarks_on(const std::vector<member_info>& members,
                                                  std::int64_t now_us);

/// By service, instance and id; without tools (members without a service) unless `tools`.
[[nodiscard]] std::vector<member_info> sorted_members(std::vector<member_info> members, bool tools);

/// Whether `wanted` means that member: its instance's name, or the first digits of its id.
[[nodiscard]] bool is_meant(const member_info& member, const std::string& wanted);

/// Whether it can be called: it is in rotation, or a link to it has been measured.
[[nodiscard]] bool is_reachable(const member_info& member) noexcept;

}  // namespace kith::tool
