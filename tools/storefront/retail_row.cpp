// SPDX-License-Identifier: MPL-2.0
#include "storefront/retail_row.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace storefront {
namespace {

constexpr std::array<std::string_view, 8> column_names{"InvoiceNo",  "StockCode",   "Description",
                                                       "Quantity",   "InvoiceDate", "UnitPrice",
                                                       "CustomerID", "Country"};
constexpr std::size_t longest_id = 64;

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view spaces = " \t\r\n";
  const auto first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

tl::unexpected<kith::error> refuse(retail_columns::column column, std::string why) {
  const auto name = column_names[column];
  return kith::fail(kith::errc::invalid_argument, std::string{name} + " " + std::move(why),
                    kith::outcome::not_sent, std::string{name});
}

std::string quoted(std::string_view text) {
  return '"' + std::string{text.substr(0, longest_id)} + '"';
}

std::optional<std::int64_t> integer_of(std::string_view text) noexcept {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                   : std::nullopt;
}

/// Spreadsheets write ids with a decimal point: "17850.0" is 17850.
std::string_view without_point_zero(std::string_view id) noexcept {
  const auto point = id.find('.');
  const bool whole = point != std::string_view::npos && point > 0 && point + 1 < id.size() &&
                     id.find_first_not_of('0', point + 1) == std::string_view::npos &&
                     id.find_first_not_of("0123456789") == point;
  return whole ? id.substr(0, point) : id;
}

row_class classify(const retail_row& row) noexcept {
  if (row.invoice.front() == 'C') {
    return row_class::return_line;
  }
  if (row.invoice.front() == 'A') {
    return row_class::adjustment;
  }
  if (row.unit_price.ten_thousandths == 0) {
    return row_class::zero_price;
  }
  return row.quantity < 0 ? row_class::stock_adjustment : row_class::order_line;
}

kith::result<void> read_texts(const csv_record& record, const retail_columns& columns,
                              retail_row& row) {
  const auto text_of = [&](retail_columns::column column) {
    return std::string{trim(record.fields[columns.at(column)])};
  };
  row.invoice = text_of(retail_columns::invoice);
  row.stock_code = text_of(retail_columns::stock_code);
  row.description = text_of(retail_columns::description);
  row.timestamp = text_of(retail_columns::timestamp);
  row.country = text_of(retail_columns::country);
  row.customer = without_point_zero(trim(record.fields[columns.at(retail_columns::customer)]));
  row.trimmed = std::any_of(record.fields.begin(), record.fields.end(),
                            [](const auto& field) { return trim(field).size() != field.size(); });
  if (row.invoice.empty()) {
    return refuse(retail_columns::invoice, "is empty");
  }
  for (const auto& [column, text] : {std::pair{retail_columns::invoice, &row.invoice},
                                     std::pair{retail_columns::stock_code, &row.stock_code},
                                     std::pair{retail_columns::timestamp, &row.timestamp},
                                     std::pair{retail_columns::country, &row.country},
                                     std::pair{retail_columns::customer, &row.customer}}) {
    if (text->size() > longest_id) {
      return refuse(column, "is longer than " + std::to_string(longest_id) + " octets");
    }
  }
  return {};
}

kith::result<void> read_numbers(const csv_record& record, const retail_columns& columns,
                                std::string_view currency, retail_row& row) {
  const auto quantity = trim(record.fields[columns.at(retail_columns::quantity)]);
  const auto number = integer_of(quantity);
  if (!number) {
    return refuse(retail_columns::quantity, quoted(quantity) + " is not a whole number");
  }
  row.quantity = *number;
  const auto price = trim(record.fields[columns.at(retail_columns::unit_price)]);
  auto parsed = money::parse(price, currency);
  if (!parsed) {
    return refuse(retail_columns::unit_price, parsed.error().message);
  }
  row.unit_price = std::move(*parsed);
  const auto point = price.find('.');
  row.price_decimals =
      point == std::string_view::npos ? 0 : static_cast<int>(price.size() - point - 1);
  auto value = money::multiply(row.unit_price, row.quantity);
  if (!value) {
    return tl::make_unexpected(value.error());
  }
  row.value = std::move(*value);
  return {};
}

std::string all_columns() {
  std::string all;
  for (const auto name : column_names) {
    all += (all.empty() ? "" : ", ") + std::string{name};
  }
  return all;
}

}  // namespace

std::string_view name_of(row_class kind) noexcept {
  constexpr std::array<std::string_view, row_classes> names{
      "order", "return", "adjustment", "zero price", "stock adjustment", "unparsed"};
  return names[static_cast<std::size_t>(kind)];
}

kith::result<retail_columns> retail_columns::find(const csv_record& header) {
  retail_columns columns;
  columns.width_ = header.fields.size();
  for (std::size_t column = 0; column < column_names.size(); ++column) {
    const auto is_it = [&](const std::string& field) {
      return trim(field) == column_names[column];
    };
    const auto found = std::find_if(header.fields.begin(), header.fields.end(), is_it);
    const auto times = std::count_if(header.fields.begin(), header.fields.end(), is_it);
    if (times != 1) {
      return kith::fail(kith::errc::bad_config,
                        std::string{times == 0 ? "no column" : "more than one column"} +
                            " is called " + std::string{column_names[column]} +
                            "; those of UCI Online Retail are " + all_columns(),
                        kith::outcome::not_sent, std::string{column_names[column]});
    }
    columns.at_[column] = static_cast<std::size_t>(found - header.fields.begin());
  }
  return columns;
}

kith::result<retail_row> read_row(const csv_record& record, const retail_columns& columns,
                                  std::string_view currency) {
  if (!record.fault.empty()) {
    return kith::fail(kith::errc::invalid_argument, record.fault);
  }
  if (record.fields.size() != columns.width()) {
    return kith::fail(kith::errc::invalid_argument, std::to_string(record.fields.size()) +
                                                        " fields, and the header has " +
                                                        std::to_string(columns.width()));
  }
  retail_row row;
  if (auto texts = read_texts(record, columns, row); !texts) {
    return tl::make_unexpected(texts.error());
  }
  if (auto numbers = read_numbers(record, columns, currency, row); !numbers) {
    return tl::make_unexpected(numbers.error());
  }
  row.kind = classify(row);
  if (row.kind == row_class::order_line && row.quantity == 0) {
    return refuse(retail_columns::quantity, "is 0 on an order line");
  }
  if (row.kind == row_class::order_line && row.unit_price.ten_thousandths < 0) {
    return refuse(retail_columns::unit_price, "is below zero on an order line");
  }
  return row;
}

}  // namespace storefront
