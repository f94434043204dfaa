// SPDX-License-Identifier: MPL-2.0

// The JSON text is written while msgpack-cxx visits the value: no tree, and the limits of
// value_check hold. The objects that stand for what JSON lacks are in <kith/contract.hpp>.

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <kith/contract.hpp>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "wire/base64.hpp"
#include "wire/timestamp.hpp"
#include "wire/value_check.hpp"

namespace kith {
namespace {

class json_visitor final : public wire::bounded_visitor {
 public:
  json_visitor(const wire::limits& bounds, int indent) : bounded_visitor{bounds}, indent_{indent} {}

  [[nodiscard]] std::string take() { return std::move(json_); }

  bool visit_nil() { return scalar("null", "nil"); }
  bool visit_boolean(bool value) { return scalar(value ? "true" : "false", "a boolean"); }
  bool visit_positive_integer(std::uint64_t value) {
    return scalar(std::to_string(value), "an integer");
  }
  bool visit_negative_integer(std::int64_t value) {
    return scalar(std::to_string(value), "an integer");
  }
  bool visit_float32(float value) { return visit_float64(static_cast<double>(value)); }
  bool visit_float64(double value) { return scalar(number(value), "a number"); }
  bool visit_str(const char* octets, std::uint32_t size);
  bool visit_bin(const char* octets, std::uint32_t size) {
    return scalar(special("bin", '"' + wire::to_base64({octets, size}) + '"'), "octets");
  }
  bool visit_ext(const char* octets, std::uint32_t size);

  bool start_array(std::uint32_t count) {
    return !in_key_ ? bounded_visitor::start_array(count) && open('[') : refuse_key("a list");
  }
  bool start_array_item() { return separate(); }
  bool end_array() { return close(']') && bounded_visitor::end_array(); }

  bool start_map(std::uint32_t count) {
    if (in_key_) {
      return refuse_key("a map");
    }
    keys_.emplace_back();
    return bounded_visitor::start_map(count) && open('{');
  }
  bool start_map_key() {
    in_key_ = true;
    return separate();
  }
  bool end_map_key() {
    in_key_ = false;
    json_ += indent_ < 0 ? ":" : ": ";
    return true;
  }
  bool end_map() {
    keys_.pop_back();
    return close('}') && bounded_visitor::end_map();
  }

 private:
  static std::string special(std::string_view name, const std::string& value) {
    return "{\"$" + std::string{name} + "\":" + value + '}';
  }
  static std::string number(double value) {
    if (std::isfinite(value)) {
      return nlohmann::json(value).dump();
    }
    return special("float", std::isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"");
  }
  bool refuse_key(std::string_view what) {
    return stop("found " + std::string{what} + " as a key, expected a string");
  }
  bool scalar(std::string_view text, std::string_view what) {
    if (in_key_) {
      return refuse_key(what);
    }
    json_ += text;
    return true;
  }
  bool open(char bracket) {
    json_ += bracket;
    is_first_.push_back(true);
    return true;
  }
  bool close(char bracket) {
    const bool was_empty = is_first_.back();
    is_first_.pop_back();
    if (!was_empty) {
      new_line();
    }
    json_ += bracket;
    return true;
  }
  bool separate() {
    if (!is_first_.back()) {
      json_ += ',';
    }
    is_first_.back() = false;
    new_line();
    return true;
  }
  void new_line() {
    if (indent_ >= 0) {
      json_ += '\n';
      json_.append(is_first_.size() * static_cast<std::size_t>(indent_), ' ');
    }
  }

  int indent_;
  std::string json_;
  std::vector<bool> is_first_;                    ///< for each open list or map
  std::vector<std::set<std::string_view>> keys_;  ///< for each open map
  bool in_key_ = false;
};

bool json_visitor::visit_str(const char* octets, std::uint32_t size) {
  const std::string_view text{octets, size};
  if (!is_utf8(text)) {
    return stop("found a string that is not UTF-8, expected UTF-8");
  }
  if (in_key_ && !keys_.back().insert(text).second) {
    return stop("found the key \"" + std::string{text} + "\" twice, expected each key once");
  }
  json_ += nlohmann::json(text).dump();
  return true;
}

bool json_visitor::visit_ext(const char* octets, std::uint32_t size) {
  const auto type = static_cast<std::int8_t>(octets[0]);
  const std::string_view data{octets + 1, size - 1};
  if (type != wire::timestamp_type) {
    return scalar(
        special("ext", '[' + std::to_string(type) + ",\"" + wire::to_base64(data) + "\"]"),
        "an extension");
  }
  const auto time = wire::read_timestamp(data);
  if (!time) {
    return stop(
        "found a timestamp out of range, expected 4, 8 or 12 octets with less than "
        "1,000,000,000 nanoseconds");
  }
  return scalar(special("time", '[' + std::to_string(time->seconds) + ',' +
                                    std::to_string(time->nanoseconds) + ']'),
                "a timestamp");
}

}  // namespace

result<std::string> msgpack_to_json(std::string_view octets, int indent) {
  const wire::limits bounds;
  json_visitor visitor{bounds, indent};
  const auto size = wire::visit_value(octets, visitor);
  if (!size) {
    return tl::make_unexpected(size.error());
  }
  if (*size != octets.size()) {
    return wire::fail_trailing(octets.size() - *size);
  }
  return visitor.take();
}

}  // namespace kith
