// SPDX-License-Identifier: MPL-2.0
#pragma once

// Services that answer nobody: a process that stands still greets no newcomer, such as a command,
// and those who were there before have not forgotten it.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <kith/node.hpp>

namespace kith::tool {

/// Whom one node knows.
struct acquaintances {
  std::string of;  ///< instance
  std::vector<member_info> members;
};

/// The services that do not answer: those that `own` has greeted no link with, and those that only
/// others know, as who heard them last tells. Not those that said goodbye, nor those whose instance
/// has a newer life. `why` begins with "does not answer".
[[nodiscard]] std::vector<member_info> lost_among(const std::vector<member_info>& own,
                                                  const std::vector<acquaintances>& told);

/// Nobody listens where it did, says `why`: its process has ended.
[[nodiscard]] bool has_ended(const member_info& member);

inline constexpr duration lost_limit = std::chrono::milliseconds{500};

/// What a few of the others know, asked for and waited for so long. Who must not ask learns
/// nothing.
task<std::vector<acquaintances>> ask_whom_they_know(node& on, duration limit = lost_limit);

/// `lost_among` of all that.
task<std::vector<member_info>> lost_members(node& on, duration limit = lost_limit);

/// Instances by id: the tools among all these, those that have just ended, too.
[[nodiscard]] std::map<std::string, std::string> tools_among(
    const std::vector<member_info>& own, const std::vector<acquaintances>& told);

/// "order-2 (f0f1f2f3) does not answer: ..."
[[nodiscard]] std::string lost_text(const member_info& member);

}  // namespace kith::tool
