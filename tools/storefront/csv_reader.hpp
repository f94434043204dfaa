// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Comma-separated values as RFC 4180 has them, read as a stream.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <istream>
#include <string>
#include <vector>

namespace storefront {

struct csv_limits {
  std::size_t record_bytes = std::size_t{64} * 1024;
  std::size_t fields = 256;
};

struct csv_record {
  std::vector<std::string> fields;  ///< quotes removed, spaces kept, valid UTF-8
  std::uint64_t line = 0;           ///< where it begins, the first line is 1
  std::string fault;                ///< why the fields are no good; empty when they are
  std::size_t repaired_octets = 0;  ///< not UTF-8: each was replaced by U+FFFD
};

/// Quoted fields may hold commas, doubled quotes and line ends; lines end with LF or CRLF; a byte
/// order mark is skipped, and so are empty lines. A quote inside a field that did not begin with
/// one is a character like any other.
///
/// A bad record (a quote never closed, text after a closing quote, over a limit) costs exactly its
/// first line: reading goes on with the next one, so one stray quote does not swallow the file.
class csv_reader {
 public:
  /// `input` must outlive the reader. Memory is bounded by the limits.
  explicit csv_reader(std::istream& input, csv_limits limits = {});

  /// The next record, good or with its fault; false at the end.
  bool next(csv_record& record);
  /// The stream itself failed (a disk error, say): what was read is not all.
  [[nodiscard]] bool input_failed() const { return input_->bad(); }

 private:
  struct text_line {
    std::string text;  // with its line end
    bool too_long = false;
  };
  enum class verdict { complete, open_quote, bad };

  bool take_line(text_line& line);
  bool read_line(text_line& line);
  verdict split(const std::string& text, csv_record& record) const;
  void give_up(csv_record& record, std::string why, std::vector<text_line> taken);

  std::istream* input_;
  csv_limits limits_;
  std::deque<text_line> again_;  // lines of a record that turned out bad, to be read anew
  std::uint64_t lines_taken_ = 0;
};

}  // namespace storefront
