// SPDX-License-Identifier: MPL-2.0

// The TOML file: `key = value` lines with texts, whole numbers, true and false, and lists of texts
// on one line. Tables, dates and texts over several lines are refused with what to write instead.
//
// Design notes
// - A reader of our own for this part of TOML 1.0: toml++ 3.3.0, as Debian 12 has it, asserts on
//   "[?" and runs into undefined behaviour on some spaces outside ASCII.

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/config_limits.hpp"
#include "base/config_parse.hpp"
#include "base/utf8.hpp"

namespace kith {
namespace {

constexpr std::string_view kinds =
    "a setting is a text on one line, a whole number, or true or false";
constexpr std::string_view list_kind = "a list is [\"texts\", \"like these\"] on one line";

bool is_bare(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool is_control(char c) noexcept {
  return (c >= '\0' && c < ' ' && c != '\t') || c == 0x7f;
}

bool is_clean(std::string_view line) noexcept {
  while (!line.empty()) {
    const auto size = character_size(line);
    if (size == 0 || is_control(line.front())) {
      return false;
    }
    line.remove_prefix(size);
  }
  return true;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | (point >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Reads one line from the front. Each part gives nullopt, and says why in `wrong`.
class line_reader {
 public:
  explicit line_reader(std::string_view line) noexcept : rest_{line} {}

  std::string wrong;
  bool list = false;  ///< the value was one

  void skip_space() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }
  /// Nothing more but a comment.
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty() || rest_.front() == '#'; }
  bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> key() {
    if (!rest_.empty() && (rest_.front() == '"' || rest_.front() == '\'')) {
      return quoted();
    }
    const auto size = static_cast<std::size_t>(
        std::find_if_not(rest_.begin(), rest_.end(), is_bare) - rest_.begin());
    if (size == 0) {
      return complain(rest_.substr(0, 1) == "["
                          ? "tables are not used here: write key = value without a [heading]"
                          : "a line is key = value, or a # comment");
    }
    return std::string{next(size)};
  }

  std::optional<std::string> value() {
    if (!rest_.empty() && (rest_.front() == '"' || rest_.front() == '\'')) {
      return quoted();
    }
    if (take('[')) {
      list = true;
      return texts();
    }
    const auto word = next(std::min(rest_.find_first_of(" \t#"), rest_.size()));
    if (word == "true" || word == "false") {
      return std::string{word};
    }
    return whole_number(word);
  }

 private:
  std::optional<std::string> complain(std::string_view why) {
    wrong = why;
    return std::nullopt;
  }

  std::string_view next(std::size_t size) noexcept {
    const auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }

  std::optional<std::string> quoted() {
    const char quote = rest_.front();
    if (rest_.size() >= 3 && rest_[1] == quote && rest_[2] == quote) {
      return complain(kinds);
    }
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && rest_.front() != quote) {
      if (quote == '"' && take('\\')) {
        if (!escape(text)) {
          return complain("an unknown \\ escape; write \\\\ for a backslash, or 'single quotes'");
        }
      } else {
        text += next(1);
      }
    }
    return take(quote) ? std::optional{text} : complain("the closing quote is missing");
  }

  /// The rest of a list of texts, joined by commas; a comma after the last one is fine.
  std::optional<std::string> texts() {
    std::string all;
    for (;;) {
      skip_space();
      if (take(']')) {
        return all;
      }
      if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) {
        return complain(list_kind);
      }
      const auto one = quoted();
      if (!one) {
        return std::nullopt;
      }
      all += (all.empty() ? "" : ",") + *one;
      skip_space();
      if (!take(',') && (rest_.empty() || rest_.front() != ']')) {
        return complain(list_kind);
      }
    }
  }

  bool escape(std::string& text) {
    constexpr std::string_view names = "btnfr\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
    if (rest_.empty()) {
      return false;
    }
    const char name = next(1).front();
    if (const auto found = names.find(name); found != std::string_view::npos) {
      text += meanings[found];
      return true;
    }
    const std::size_t digits = name == 'u' ? 4 : (name == 'U' ? 8 : 0);
    std::uint32_t point = 0;
    if (digits == 0 || rest_.size() < digits) {
      return false;
    }
    const auto hex = next(digits);
    const auto [stop, failed] = std::from_chars(hex.data(), hex.data() + digits, point, 16);
    if (failed != std::errc{} || stop != hex.data() + digits || point > 0x10ffff ||
        (point >= 0xd800 && point <= 0xdfff)) {
      return false;
    }
    append_utf8(text, point);
    return true;
  }

  /// Decimal, with underscores between digits; as it stands, without them.
  std::optional<std::string> whole_number(std::string_view word) {
    std::string digits;
    const bool negative = !word.empty() && word.front() == '-';
    if (negative || (!word.empty() && word.front() == '+')) {
      word.remove_prefix(1);
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
      const bool digit = word[i] >= '0' && word[i] <= '9';
      const bool gap = word[i] == '_' && i > 0 && i + 1 < word.size() && word[i - 1] != '_';
      if (!digit && !gap) {
        return complain(kinds);
      }
      if (digit) {
        digits += word[i];
      }
    }
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) {
      return complain(kinds);
    }
    return (negative ? "-" : "") + digits;
  }

  std::string_view rest_;
};

/// One line; nullopt for an empty one. `origin` is "file:line".
result<std::optional<setting_origin>> read_line(std::string_view line, const std::string& origin) {
  const auto refuse = [&](std::string_view why, std::string_view key = {}) {
    return fail(errc::bad_config,
                origin + ": " + (key.empty() ? "" : std::string{key} + ": ") + std::string{why},
                outcome::not_sent, std::string{key});
  };
  if (!is_clean(line)) {
    return refuse("it is not text in UTF-8");
  }
  line_reader in{line};
  in.skip_space();
  if (in.at_end()) {
    return std::nullopt;
  }
  auto key = in.key();
  if (!key) {
    return refuse(in.wrong);
  }
  in.skip_space();
  if (!in.take('=')) {
    return refuse("a line is key = value, or a # comment");
  }
  in.skip_space();
  auto value = in.value();
  if (!value) {
    return refuse(in.wrong, *key);
  }
  in.skip_space();
  if (!in.at_end()) {
    return refuse("there is more after the value", *key);
  }
  return setting_origin{std::move(*key), std::move(*value), origin, in.list};
}

}  // namespace

result<std::vector<setting_origin>> read_toml(std::string_view text, std::string_view name) {
  if (text.size() > most_config_octets) {
    return fail(errc::bad_config, std::string{name} + ": larger than 64 KiB");
  }
  std::vector<setting_origin> values;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto size = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    auto read = read_line(line, std::string{name} + ":" + std::to_string(number));
    if (!read) {
      return tl::make_unexpected(std::move(read.error()));
    }
    if (!*read) {
      continue;
    }
    const auto earlier = std::find_if(values.begin(), values.end(),
                                      [&](const auto& one) { return one.key == (*read)->key; });
    if (earlier != values.end()) {
      return fail(errc::bad_config,
                  (*read)->origin + ": " + earlier->key + " is set already at " + earlier->origin,
                  outcome::not_sent, earlier->key);
    }
    values.push_back(std::move(**read));
  }
  return values;
}

}  // namespace kith
