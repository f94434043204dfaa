// SPDX-License-Identifier: MPL-2.0
#include "sql/database_url.hpp"

namespace kith::sql {
namespace {

tl::unexpected<error> refuse(std::string_view url, std::string_view why) {
  return fail(errc::bad_config, "database URL \"" + std::string{url} + "\": " + std::string{why},
              outcome::not_sent, "database");
}

}  // namespace

bool is_postgres(std::string_view url) noexcept {
  return url.starts_with("postgresql:") || url.starts_with("postgres:");
}

result<std::string> sqlite_path_of(std::string_view url) {
  constexpr std::string_view sqlite = "sqlite:";
  std::string_view path = url;
  if (url.starts_with(sqlite)) {
    path.remove_prefix(sqlite.size());
    if (path.starts_with("//")) {
      path.remove_prefix(2);
      if (!path.starts_with('/')) {
        return refuse(url, "a host makes no sense here; write sqlite:///absolute/path");
      }
    }
  } else if (const auto end = url.find("://"); end != std::string_view::npos) {
    return refuse(std::string{url.substr(0, end)} + "://...",  // the URL may hold a password
                  "unknown kind of database; use sqlite:///path/to/file.db or "
                  "postgresql://user@host/database");
  }
  if (path.empty()) {
    return refuse(url, "it names no file");
  }
  if (path.find('\0') != std::string_view::npos) {
    return refuse(url, "a path holds no zero octet");
  }
  return std::string{path};
}

}  // namespace kith::sql
