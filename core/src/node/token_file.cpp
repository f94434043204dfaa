// SPDX-License-Identifier: MPL-2.0
#include "node/token_file.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include "node/secret_file.hpp"

namespace kith {
namespace {

constexpr std::string_view token_of_trust = "/admin.token";
constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 256;

/// As far as its line goes.
byte_view token_line_of(byte_view text) {
  return text.substr(0, text.find_last_not_of("\r\n") + 1);
}

/// What RFC 6750 allows in a header, but for its position of "=".
bool is_token(byte_view text) {
  return text.size() >= shortest_token && text.size() <= longest_token &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
         });
}

/// As one word for a shell.
std::string quoted(const std::string& path) {
  std::string word = "'";
  for (const char c : path) {
    word += c == '\'' ? std::string{"'\\''"} : std::string{c};
  }
  return word + "'";
}

std::string how_to_make(const config& settings, const std::string& path) {
  const bool is_given = !settings.admin_token.empty();
  return (settings.trust.empty() ? "; the pages" : "; with trust the pages") +
         std::string{
             " are for who has the token that this file holds. As the node's user: (umask "
             "077; head -c 24 /dev/urandom | base64 > "} +
         quoted(path) + ")" + (is_given ? "" : ", or another file by --admin-token");
}

/// What to do about a file that cannot be used. Who may have it is no reason to make another token.
std::string remedy(const config& settings, const std::string& path) {
  struct stat found {};
  const bool is_there = ::stat(path.c_str(), &found) == 0;
  if (!is_there && errno == ENOENT) {
    return how_to_make(settings, path);
  }
  const bool is_ours = is_there && (found.st_uid == ::geteuid() || found.st_uid == 0) &&
                       (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (is_ours && ::access(path.c_str(), R_OK) == 0) {
    return how_to_make(settings, path);
  }
  return "; it is for the node's user alone: chown " + std::to_string(::geteuid()) + ' ' +
         quoted(path) + " && chmod 600 " + quoted(path);
}

tl::unexpected<error> no_token(const config& settings, const std::string& path,
                               const std::string& what) {
  return fail(errc::bad_config, "admin: " + path + ": " + what + remedy(settings, path),
              outcome::not_sent, "admin_token");
}

}  // namespace

result<std::shared_ptr<const security::secret>> read_admin_token(const config& settings) {
  if (settings.trust.empty() && settings.admin_token.empty()) {
    return nullptr;
  }
  const auto path = settings.admin_token.empty() ? settings.trust + std::string{token_of_trust}
                                                 : settings.admin_token;
  const auto text = read_guarded_file(path, file_guard::secret);
  if (!text) {
    return no_token(settings, path, text.error().message);
  }
  const auto token = token_line_of(text->view());
  if (!is_token(token)) {
    return no_token(settings, path,
                    "a token is one line of 16 to 256 letters, digits and - . _ ~ + / =");
  }
  return std::make_shared<const security::secret>(security::secret::copy_of(token));
}

}  // namespace kith
