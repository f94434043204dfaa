// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/record_text.hpp"

#include <array>
#include <cstdio>
#include <optional>

#include "kith/base/table.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t widest_end = 60;
constexpr double shown_as_most_us = 1e9;  // sixteen minutes: nothing that was measured

std::string ms_text(double microseconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", microseconds / 1000);
  return text.data();
}

std::string ms_text(std::optional<std::int64_t> microseconds) {
  return microseconds ? ms_text(static_cast<double>(*microseconds)) : "-";
}

std::string cost_text(double microseconds) {
  return microseconds == 0                  ? "-"
         : microseconds >= shown_as_most_us ? "most"
                                            : ms_text(microseconds);
}

paint paint_of_standing(const std::string& standing) {
  return standing == "chosen" ? paint::green : standing == "usable" ? paint::none : paint::yellow;
}

/// The whole message of the last one stands in the error above.
std::string end_text(const attempt_info& one) {
  auto text = printable(one.message.empty() ? one.end : one.end + ": " + one.message);
  if (columns_of(text) <= widest_end) {
    return text;
  }
  auto size = widest_end - 3;
  while ((static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) {
    --size;  // not within a character
  }
  return text.substr(0, size) + "...";
}

std::string attempt_table(const call_record& record, bool colour) {
  table text{{">#", ">AT", "INSTANCE", "WHY", ">TOOK", ">QUEUE", ">HANDLER", ">WIRE", "END"}};
  std::size_t number = 0;
  for (const auto& one : record.attempts) {
    text.add({{std::to_string(++number), paint::dim},
              {ms_text(static_cast<double>(one.started_us)), paint::none},
              {or_dash(one.instance), paint::none},
              {one.reason, paint::none},
              {ms_text(static_cast<double>(one.took_us)), paint::none},
              {ms_text(one.queue_us), paint::none},
              {ms_text(one.handler_us), paint::none},
              {ms_text(one.wire_us), paint::none},
              {end_text(one), one.end == "reply" ? paint::green : paint::yellow}});
  }
  return text.empty() ? "" : "\n" + text.text(colour);
}

void add(table& text, const std::string& choice, const candidate_info& one) {
  text.add({{choice, paint::dim},
            {or_dash(one.instance), paint::none},
            {one.standing, paint_of_standing(one.standing)},
            {cost_text(one.score_us), paint::none},
            {cost_text(one.cost_us), paint::none},
            {std::to_string(one.outstanding), paint::none},
            {std::to_string(one.weight), paint::none},
            {std::to_string(one.warmth_percent) + " %", paint::none},
            {or_dash(one.breaker), one.breaker == "open" ? paint::red : paint::none}});
}

std::string candidate_table(const call_record& record, bool colour) {
  table text{{">CHOICE", "INSTANCE", "STANDING", ">SCORE", ">COST", ">OUTSTANDING", ">WEIGHT",
              ">WARM", "BREAKER"}};
  std::size_t number = 0;
  for (const auto& attempt : record.attempts) {
    ++number;
    for (const auto& one : attempt.candidates) {
      add(text, std::to_string(number), one);
    }
  }
  for (const auto& one : record.candidates) {
    add(text, "at end", one);
  }
  return text.empty() ? "" : "\n" + text.text(colour);
}

}  // namespace

std::string record_text(const call_record& record, bool colour) {
  auto head = record.service + ": " + record.method + ": " + record.end;
  head += record.outcome.empty() ? "" : " (" + record.outcome + ")";
  head += " after " + ms_text(static_cast<double>(record.took_us));
  head += record.attempts.empty() ? ", without an attempt" : "";
  return printable(head) + "\n" + attempt_table(record, colour) + candidate_table(record, colour);
}

}  // namespace kith::tool
