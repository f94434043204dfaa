// SPDX-License-Identifier: MPL-2.0
#include "sql/sqlite_error.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <sqlite3.h>

#include "sql/database_url.hpp"
#include "sql/shown_sql.hpp"

namespace kith::sql {
namespace {

std::string why_it_cannot_open(std::string_view path) {
  std::error_code ignored;
  const auto parent = std::filesystem::absolute(std::filesystem::path{path}, ignored).parent_path();
  if (path != memory_path && !std::filesystem::is_directory(parent, ignored)) {
    return "it cannot be opened: " + parent.string() + " is not a directory; make it first";
  }
  if (path != memory_path && ::faccessat(AT_FDCWD, parent.c_str(), W_OK, AT_EACCESS) != 0) {
    return "it cannot be opened: " + parent.string() +
           " cannot be written to: " + std::strerror(errno);
  }
  return "it cannot be opened";
}

std::string plain_words(int code, std::string_view path) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "it stayed locked by another writer for too long";
    case SQLITE_FULL: return "the disk or its size limit is full";
    case SQLITE_READONLY: return "it is read-only";
    case SQLITE_CANTOPEN: return why_it_cannot_open(path);
    case SQLITE_NOTADB: return "the file is not an SQLite database";
    case SQLITE_CORRUPT: return "the file is damaged; restore a backup";
    case SQLITE_IOERR: return "input/output error";
    case SQLITE_CONSTRAINT: return "a constraint forbids it";
    default: return "the statement failed";
  }
}

/// Whether the database is well, and the statement is at fault.
bool is_of_the_statement(int primary) noexcept {
  return primary == SQLITE_CONSTRAINT || primary == SQLITE_ERROR || primary == SQLITE_MISMATCH ||
         primary == SQLITE_RANGE || primary == SQLITE_TOOBIG;
}

errc code_of(int primary) noexcept {
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return errc::database_busy;
  }
  return is_of_the_statement(primary) ? errc::database_refused : errc::database_failed;
}

}  // namespace

error sqlite_error(sqlite3* handle, int code, std::string_view path, std::string_view sql,
                   outcome certainty) {
  const int primary = code & 0xff;
  std::string message = "database " + std::string{path} + ": " + plain_words(code, path);
  message += " (SQLite " + std::to_string(code) + ": ";
  message += handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  if (const int number = handle != nullptr ? sqlite3_system_errno(handle) : 0;
      number != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
    message += std::string{", "} + std::strerror(number);
  }
  message += ")";
  if (!sql.empty()) {
    message += " in: " + shown_sql(sql);
  }
  return error{code_of(primary), std::move(message), certainty};
}

}  // namespace kith::sql
