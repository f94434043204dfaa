// SPDX-License-Identifier: MPL-2.0
#include "storefront/csv_reader.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "storefront/utf8.hpp"

// Design notes
//
// A record is tried on its first line; while a quote stays open the next line is added and it is
// tried again from where it stands. When that ends badly, the lines after the first go back into
// `again_` and are read as records of their own. `again_` never holds more than one record's worth
// of octets, so memory is bounded; a file of nothing but open quotes costs time (each line is then
// looked at with up to record_bytes of what follows), not memory.

namespace storefront {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_line_end(std::string_view rest) noexcept {
  return rest.empty() || rest == "\n" || rest == "\r\n";
}

/// A field without quotes around it; returns what is left of `rest` behind it.
std::string_view take_plain(std::string_view rest, std::string& field) {
  auto end = std::min(rest.find(','), rest.size());
  if (end == rest.size()) {
    end -= rest.ends_with("\r\n") ? 2U : (rest.ends_with('\n') ? 1U : 0U);
  }
  field = rest.substr(0, end);
  return rest.substr(end);
}

/// A quoted field, from behind its opening quote. False while the closing one is missing.
bool take_quoted(std::string_view& rest, std::string& field) {
  for (;;) {
    const auto quote = rest.find('"');
    if (quote == std::string_view::npos) {
      return false;
    }
    field += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) {
      return true;
    }
    field += '"';
    rest.remove_prefix(1);
  }
}

}  // namespace

csv_reader::csv_reader(std::istream& input, csv_limits limits) : input_{&input}, limits_{limits} {}

bool csv_reader::next(csv_record& record) {
  text_line line;
  do {
    if (!take_line(line)) {
      return false;
    }
  } while (!line.too_long && is_line_end(line.text));
  record = csv_record{};
  record.line = lines_taken_;
  std::string text = line.text;
  std::vector<text_line> taken;
  for (;;) {
    if (line.too_long || text.size() > limits_.record_bytes) {
      give_up(record, "longer than " + std::to_string(limits_.record_bytes) + " octets",
              std::move(taken));
      return true;
    }
    // A line without a quote cannot close one.
    const bool worth_trying = taken.empty() || taken.back().text.find('"') != std::string::npos;
    const auto found = worth_trying ? split(text, record) : verdict::open_quote;
    if (found == verdict::bad) {
      give_up(record, std::move(record.fault), std::move(taken));
      return true;
    }
    if (found != verdict::open_quote) {
      return true;
    }
    if (!take_line(line)) {
      give_up(record, "a quote is opened and never closed", std::move(taken));
      return true;
    }
    text += line.text;
    taken.push_back(line);
  }
}

csv_reader::verdict csv_reader::split(const std::string& text, csv_record& record) const {
  record.fields.clear();
  record.repaired_octets = 0;
  std::string_view rest = text;
  for (;;) {
    if (record.fields.size() >= limits_.fields) {
      record.fault = "more than " + std::to_string(limits_.fields) + " fields";
      return verdict::bad;
    }
    auto& field = record.fields.emplace_back();
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      if (!take_quoted(rest, field)) {
        return verdict::open_quote;
      }
    } else {
      rest = take_plain(rest, field);
    }
    record.repaired_octets += repair_utf8(field);
    if (is_line_end(rest)) {
      return verdict::complete;
    }
    if (!rest.starts_with(',')) {
      record.fault =
          "text after the closing quote of field " + std::to_string(record.fields.size());
      return verdict::bad;
    }
    rest.remove_prefix(1);
  }
}

void csv_reader::give_up(csv_record& record, std::string why, std::vector<text_line> taken) {
  record.fault = std::move(why);
  record.fields.clear();
  lines_taken_ -= taken.size();
  again_.insert(again_.begin(), std::make_move_iterator(taken.begin()),
                std::make_move_iterator(taken.end()));
}

bool csv_reader::take_line(text_line& line) {
  line = text_line{};
  if (!again_.empty()) {
    line = std::move(again_.front());
    again_.pop_front();
  } else if (!read_line(line)) {
    return false;
  }
  if (++lines_taken_ == 1 && line.text.starts_with(byte_order_mark)) {
    line.text.erase(0, byte_order_mark.size());
  }
  return true;
}

bool csv_reader::read_line(text_line& line) {
  using traits = std::istream::traits_type;
  bool any = false;
  for (auto c = input_->get(); !traits::eq_int_type(c, traits::eof()); c = input_->get()) {
    any = true;
    const char octet = traits::to_char_type(c);
    if (line.text.size() <= limits_.record_bytes) {
      line.text += octet;
    } else {
      line.too_long = true;
    }
    if (octet == '\n') {
      return true;
    }
  }
  return any;
}

}  // namespace storefront
