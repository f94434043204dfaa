// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <atomic>
#include <string>

#include <kith/time.hpp>

namespace kith::admin {

/// Posts to "127.0.0.1:4318" and gives the status of the answer; 0 when there was none within
/// `patience`, or no HTTP. It blocks, until `given_up` at most: not on a loop.
[[nodiscard]] int post_json(const std::string& address, const std::string& path,
                            const std::string& body, duration patience,
                            const std::atomic<bool>& given_up);

}  // namespace kith::admin
