// SPDX-License-Identifier: MPL-2.0
#include <kith/database.hpp>

namespace kith {
namespace {

std::string_view kind_of(const sql_value& value) noexcept {
  constexpr std::array<std::string_view, 5> names{"NULL", "an integer", "a real", "text", "a blob"};
  return names[value.index()];
}

}  // namespace

const sql_value& row::at(std::size_t column) const {
  if (column >= values_.size()) {
    throw failure{error{errc::database_refused, "there is no column " + std::to_string(column) +
                                                    " in a row of " +
                                                    std::to_string(values_.size())}};
  }
  return values_[column];
}

std::int64_t row::integer(std::size_t column, std::int64_t least, std::int64_t most) const {
  const auto* number = std::get_if<std::int64_t>(&at(column));
  if (number == nullptr) {
    refuse(column, "an integer");
  }
  if (*number < least || *number > most) {
    refuse(column, "an integer from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return *number;
}

double row::real(std::size_t column) const {
  if (const auto* number = std::get_if<double>(&at(column))) {
    return *number;
  }
  if (const auto* number = std::get_if<std::int64_t>(&at(column))) {
    return static_cast<double>(*number);
  }
  refuse(column, "a number");
}

std::string row::text(std::size_t column) const {
  const auto* value = std::get_if<std::string>(&at(column));
  if (value == nullptr) {
    refuse(column, "text");
  }
  return *value;
}

blob row::octets(std::size_t column) const {
  const auto* value = std::get_if<blob>(&at(column));
  if (value == nullptr) {
    refuse(column, "a blob");
  }
  return *value;
}

void row::refuse(std::size_t column, std::string_view wanted) const {
  const auto& value = values_[column];
  std::string found{kind_of(value)};
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    found = std::to_string(*number);
  }
  throw failure{error{errc::database_refused, "column " + std::to_string(column) + " (" +
                                                  (*names_)[column] + ") holds " + found +
                                                  ", not " + std::string{wanted}}};
}

}  // namespace kith
