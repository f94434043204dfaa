// SPDX-License-Identifier: MPL-2.0
#include "kith/base/hex_text.hpp"

#include <string>

namespace kith::tool {
namespace {

int digit_of(char c) noexcept {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

tl::unexpected<error> no_hex(std::size_t line, std::size_t column, const std::string& what) {
  return fail(errc::invalid_argument,
              "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what +
                  "; octets are pairs of hexadecimal digits, with blanks, commas or colons "
                  "between, and comments behind ; or #");
}

}  // namespace

result<bytes> octets_of_hex(std::string_view text) {
  bytes octets;
  std::size_t line = 1;
  std::size_t begin = 0;  // of the line
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') {
      ++line;
      begin = at + 1;
    } else if (c == ';' || c == '#') {
      const auto end = text.find('\n', at);
      at = (end == std::string_view::npos ? text.size() : end) - 1;
    } else if (c == '0' && at + 1 < text.size() && (text[at + 1] == 'x' || text[at + 1] == 'X')) {
      ++at;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != ',' && c != ':' && c != '-') {
      const int high = digit_of(c);
      const int low = at + 1 < text.size() ? digit_of(text[at + 1]) : -1;
      if (high < 0 || low < 0) {
        const auto found = std::string{text.substr(high < 0 ? at : at + 1, 1)};
        return no_hex(line, (high < 0 ? at : at + 1) - begin + 1,
                      found.empty() ? "half an octet" : "\"" + found + "\" is no digit");
      }
      octets += static_cast<char>(high * 16 + low);
      ++at;
    }
  }
  return octets;
}

}  // namespace kith::tool
