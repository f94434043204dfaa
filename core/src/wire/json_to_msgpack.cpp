// SPDX-License-Identifier: MPL-2.0

// Design notes. The parser tells of values one by one and of a list's or map's size only at its
// end, while MessagePack wants the size first. So the elements are packed as they come, and the
// head is put in front of them when they are complete; 32 levels bound what that moves.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <set>
#include <vector>

#include <kith/contract.hpp>
#include <nlohmann/json.hpp>

#include "wire/base64.hpp"
#include "wire/timestamp.hpp"
#include "wire/token.hpp"
#include "wire/value_check.hpp"

namespace kith {
namespace {

struct stream {
  std::string* octets;
  void write(const char* from, std::size_t size) { octets->append(from, size); }
};

/// Lets a refusal say where the parser was: nlohmann's own position is in its syntax errors only.
class counting_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  counting_iterator(const char* at, const char** furthest) noexcept
      : at_{at}, furthest_{furthest} {}
  reference operator*() const noexcept { return *at_; }
  counting_iterator& operator++() noexcept {
    ++at_;
    *furthest_ = at_;
    return *this;
  }
  counting_iterator operator++(int) noexcept {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const counting_iterator& other) const noexcept { return at_ == other.at_; }
  bool operator!=(const counting_iterator& other) const noexcept { return at_ != other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// The octets that an object of one key like {"$bin": ...} stands for.
class special_value {
 public:
  special_value(std::string_view key, std::string_view value) : key_{key}, value_{value} {}

  [[nodiscard]] bool is_one() const noexcept {
    return key_ == "$bin" || key_ == "$ext" || key_ == "$time" || key_ == "$float";
  }
  /// What is wrong, or nothing.
  [[nodiscard]] std::string_view pack(std::string& out) {
    return key_ == "$bin"    ? pack_bin(out)
           : key_ == "$ext"  ? pack_ext(out)
           : key_ == "$time" ? pack_time(out)
                             : pack_float(out);
  }

 private:
  bool next(wire::token_kind kind, wire::token& found) {
    const char* at = value_.data();
    const bool fits =
        wire::next_token(at, value_.data() + value_.size(), found) && found.kind == kind;
    value_.remove_prefix(static_cast<std::size_t>(at - value_.data()));
    return fits;
  }
  bool next_integer(std::int64_t low, std::int64_t high, std::int64_t& value) {
    wire::token found;
    const bool fits =
        next(wire::token_kind::natural, found) || found.kind == wire::token_kind::negative;
    value = found.signed_value();
    const bool wraps = found.kind == wire::token_kind::natural && value < 0;
    return fits && !wraps && value >= low && value <= high;
  }
  bool next_octets(std::string& octets) {
    wire::token found;
    auto decoded =
        next(wire::token_kind::text, found) ? wire::from_base64(found.data) : std::nullopt;
    octets = decoded.value_or(std::string{});
    return decoded.has_value();
  }
  bool next_pair() {
    wire::token found;
    return next(wire::token_kind::list, found) && found.bits == 2;
  }

  std::string_view pack_bin(std::string& out) {
    std::string octets;
    if (!next_octets(octets)) {
      return "$bin takes a string in base64";
    }
    stream to{&out};
    msgpack::packer<stream>{to}.pack_bin(static_cast<std::uint32_t>(octets.size()));
    out += octets;
    return {};
  }
  std::string_view pack_ext(std::string& out) {
    std::int64_t type = 0;
    std::string data;
    if (!next_pair() || !next_integer(-128, 127, type) || !next_octets(data)) {
      return "$ext takes [type from -128 to 127, string in base64]";
    }
    append_ext(out, static_cast<std::int8_t>(type), data);
    return {};
  }
  std::string_view pack_time(std::string& out) {
    wire::timestamp time;
    std::int64_t nanoseconds = 0;
    if (!next_pair() ||
        !next_integer(std::numeric_limits<std::int64_t>::min(),
                      std::numeric_limits<std::int64_t>::max(), time.seconds) ||
        !next_integer(0, wire::nanoseconds_per_second - 1, nanoseconds)) {
      return "$time takes [seconds, nanoseconds below 1,000,000,000]";
    }
    time.nanoseconds = static_cast<std::uint32_t>(nanoseconds);
    append_ext(out, wire::timestamp_type, wire::write_timestamp(time));
    return {};
  }
  std::string_view pack_float(std::string& out) {
    wire::token found;
    if (!next(wire::token_kind::text, found) ||
        (found.data != "nan" && found.data != "inf" && found.data != "-inf")) {
      return "$float takes \"nan\", \"inf\" or \"-inf\"";
    }
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    stream to{&out};
    wire::write_float64(to, found.data == "nan"   ? std::nan("")
                            : found.data == "inf" ? infinity
                                                  : -infinity);
    return {};
  }
  static void append_ext(std::string& out, std::int8_t type, const std::string& data) {
    stream to{&out};
    msgpack::packer<stream>{to}.pack_ext(data.size(), type);
    out += data;
  }

  std::string_view key_;
  std::string_view value_;
};

/// nlohmann's SAX interface; its functions return false to stop.
class packing_handler {
 public:
  bool null() {
    return packed([](auto& to) { to.pack_nil(); });
  }
  bool boolean(bool value) {
    return packed([&](auto& to) { value ? to.pack_true() : to.pack_false(); });
  }
  bool number_integer(std::int64_t value) {
    return packed([&](auto& to) { to.pack_int64(value); });
  }
  bool number_unsigned(std::uint64_t value) {
    return packed([&](auto& to) { to.pack_uint64(value); });
  }
  bool number_float(double value, const std::string& text) {
    if (text.find_first_of(".eE") == std::string::npos) {
      return refuse("the integer " + text + " needs more than 64 bits");
    }
    stream to{&octets_};
    wire::write_float64(to, value);
    count_one();
    return true;
  }
  bool string(const std::string& value) {
    return packed([&](auto& to) {
      to.pack_str(static_cast<std::uint32_t>(value.size()));
      to.pack_str_body(value.data(), static_cast<std::uint32_t>(value.size()));
    });
  }
  bool binary(const std::vector<std::uint8_t>& /*value*/) { return refuse("JSON has no octets"); }

  bool start_array(std::size_t /*unknown*/) { return open(); }
  bool end_array() {
    close([](auto& to, std::uint32_t count) { to.pack_array(count); });
    return true;
  }
  bool start_object(std::size_t /*unknown*/) { return open(); }
  bool key(const std::string& name) {
    auto& map = open_.back();
    if (!map.keys.insert(name).second) {
      return refuse("the key \"" + name + "\" stands here twice");
    }
    string(name);
    --map.count;  // the value counts
    map.value_start = octets_.size();
    return true;
  }
  bool end_object();

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& reason);

  [[nodiscard]] std::string& octets() noexcept { return octets_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// Where a syntax error is, in octets; nothing for the handler's own refusals.
  [[nodiscard]] std::optional<std::size_t> position() const noexcept { return position_; }

 private:
  struct container {
    std::size_t start = 0;
    std::uint32_t count = 0;
    std::size_t value_start = 0;
    std::set<std::string> keys{};
  };

  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  template <class Pack>
  bool packed(Pack&& pack) {
    stream to{&octets_};
    msgpack::packer<stream> packer{to};
    pack(packer);
    count_one();
    return true;
  }
  void count_one() {
    if (!open_.empty()) {
      ++open_.back().count;
    }
  }
  bool open() {
    if (open_.size() == bounds_.depth) {
      return refuse("lists or objects are nested deeper than " + std::to_string(bounds_.depth));
    }
    open_.push_back({.start = octets_.size()});
    return true;
  }
  template <class PackHead>
  void close(PackHead&& pack_head) {
    std::string head;
    stream to{&head};
    msgpack::packer<stream> packer{to};
    pack_head(packer, open_.back().count);
    octets_.insert(open_.back().start, head);
    open_.pop_back();
    count_one();
  }

  wire::limits bounds_;
  std::string octets_;
  std::string problem_;
  std::optional<std::size_t> position_;
  std::vector<container> open_;
};

bool packing_handler::end_object() {
  const auto& map = open_.back();
  if (map.count == 1) {
    special_value special{*map.keys.begin(), std::string_view{octets_}.substr(map.value_start)};
    if (special.is_one()) {
      std::string packed_special;
      const auto problem = special.pack(packed_special);
      if (!problem.empty()) {
        return refuse(std::string{problem});
      }
      octets_.replace(map.start, std::string::npos, packed_special);
      open_.pop_back();
      count_one();
      return true;
    }
  }
  close([](auto& to, std::uint32_t count) { to.pack_map(count); });
  return true;
}

/// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while ..."
bool packing_handler::parse_error(std::size_t position, const std::string& /*token*/,
                                  const nlohmann::json::exception& reason) {
  std::string text = reason.what();
  constexpr std::string_view before_the_reason = ": ";
  const auto colon = text.find(before_the_reason);
  const auto bracket = text.find("] ");
  const auto start = colon != std::string::npos     ? colon + before_the_reason.size()
                     : bracket != std::string::npos ? bracket + 2
                                                    : 0;
  position_ = position;
  return refuse(text.substr(start));
}

std::string line_and_column(std::string_view json, std::size_t position) {
  std::size_t line = 1;
  std::size_t column = 0;
  for (const char octet : json.substr(0, position)) {
    ++column;
    if (octet == '\n') {
      ++line;
      column = 0;
    }
  }
  return "line " + std::to_string(line) + ", column " +
         std::to_string(std::max<std::size_t>(column, 1));
}

}  // namespace

result<std::string> json_to_msgpack(std::string_view json) {
  packing_handler handler;
  const char* furthest = json.data();
  const counting_iterator first{json.data(), &furthest};
  const counting_iterator last{json.data() + json.size(), &furthest};
  if (!nlohmann::json::sax_parse(first, last, &handler)) {
    const auto position =
        handler.position().value_or(static_cast<std::size_t>(furthest - json.data()));
    auto where = line_and_column(json, position);
    return fail(errc::bad_payload,
                "not JSON that can travel, at " + where + ": " + handler.problem(),
                outcome::not_sent, where);
  }
  const auto size = wire::check_value(handler.octets(), wire::limits{});
  if (!size) {
    return tl::make_unexpected(size.error());
  }
  return std::move(handler.octets());
}

}  // namespace kith
