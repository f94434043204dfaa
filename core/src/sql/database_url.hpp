// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which database a URL means.

#include <string>
#include <string_view>

#include <kith/errors.hpp>

namespace kith::sql {

inline constexpr std::string_view memory_path = ":memory:";

[[nodiscard]] bool is_postgres(std::string_view url) noexcept;

/// The path of the SQLite file that `url` names; `bad_config` for any other kind of database.
result<std::string> sqlite_path_of(std::string_view url);

}  // namespace kith::sql
