// SPDX-License-Identifier: MPL-2.0
#include "storefront/retail_row.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using storefront::csv_record;
using storefront::retail_columns;
using storefront::row_class;
using testing::HasSubstr;

csv_record record_of(std::vector<std::string> fields) {
  csv_record record;
  record.fields = std::move(fields);
  return record;
}

csv_record header_record() {
  return record_of({"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
                    "CustomerID", "Country"});
}

kith::result<storefront::retail_row> row_of(std::string invoice, std::string quantity,
                                            std::string price, std::string customer = "17850.0") {
  return storefront::read_row(
      record_of({std::move(invoice), "85123A", "JAR", std::move(quantity), "2010-12-01 08:26:00",
                 std::move(price), std::move(customer), "EIRE"}),
      retail_columns::find(header_record()).value(), "GBP");
}

TEST(RetailRow, BelongsToTheFirstClassThatFits) {
  const struct {
    const char *invoice, *quantity, *price;
    row_class expected;
  } cases[] = {
      {"536365", "6", "2.55", row_class::order_line},
      {"C536379", "-1", "27.5", row_class::return_line},
      {"C536379", "1", "27.5", row_class::return_line},
      {"C536379", "-1", "0", row_class::return_line},
      {"A563185", "1", "11062.06", row_class::adjustment},
      {"A563186", "-1", "0.0", row_class::adjustment},
      {"536414", "56", "0.0", row_class::zero_price},
      {"536414", "-56", "0", row_class::zero_price},
      {"536414", "0", "0", row_class::zero_price},
      {"536415", "-10", "1.5", row_class::stock_adjustment},
      {"536415", "-10", "-1.5", row_class::stock_adjustment},
      {"c536415", "1", "1.5", row_class::order_line},
  };
  for (const auto& one : cases) {
    const auto row = row_of(one.invoice, one.quantity, one.price);
    ASSERT_TRUE(row) << row.error().to_string();
    EXPECT_EQ(row->kind, one.expected) << one.invoice << ' ' << one.quantity << ' ' << one.price;
  }
}

TEST(RetailRow, ReadsACustomerWithAndWithoutItsDecimalPoint) {
  const std::pair<const char*, const char*> cases[] = {
      {"17850.0", "17850"},   {"17850", "17850"}, {" 17850.00 ", "17850"}, {"", ""},
      {"17850.5", "17850.5"}, {".0", ".0"},       {"17850.", "17850."},    {"A1.0", "A1.0"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(row_of("1", "1", "1", text)->customer, expected) << text;
  }
}

TEST(RetailRow, NamesTheColumnThatIsNoGood) {
  EXPECT_EQ(row_of("", "1", "1").error().where, "InvoiceNo");
  EXPECT_EQ(row_of(std::string(65, '1'), "1", "1").error().where, "InvoiceNo");
  for (const char* quantity : {"", "6.0", "x", "6 7", "99999999999999999999"}) {
    EXPECT_EQ(row_of("1", quantity, "1").error().where, "Quantity") << quantity;
  }
  for (const char* price : {"", "x", "1,5", "1e3", "0.00001"}) {
    EXPECT_EQ(row_of("1", "1", price).error().where, "UnitPrice") << price;
  }
  EXPECT_EQ(row_of("1", "0", "1").error().where, "Quantity");
  EXPECT_EQ(row_of("1", "1", "-1").error().where, "UnitPrice");
  EXPECT_EQ(row_of("1", "9223372036854775807", "1").error().what(), kith::errc::overflow);
}

TEST(RetailRow, MustBeAsLongAsTheHeader) {
  const auto columns = retail_columns::find(header_record()).value();
  EXPECT_THAT(storefront::read_row(record_of({"1", "2"}), columns, "GBP").error().message,
              HasSubstr("2 fields, and the header has 8"));
}

TEST(RetailColumns, AreFoundByNameInAnyOrder) {
  auto reversed = header_record();
  std::reverse(reversed.fields.begin(), reversed.fields.end());
  reversed.fields.insert(reversed.fields.begin(), "Extra");
  const auto columns = retail_columns::find(reversed).value();
  EXPECT_EQ(columns.at(retail_columns::country), 1U);
  EXPECT_EQ(columns.at(retail_columns::invoice), 8U);
  EXPECT_EQ(columns.width(), 9U);
}

TEST(RetailColumns, NameTheOneThatIsMissingOrThereTwice) {
  auto short_one = header_record();
  short_one.fields[5] = "Price";
  const auto missing = retail_columns::find(short_one);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what(), kith::errc::bad_config);
  EXPECT_EQ(missing.error().where, "UnitPrice");
  EXPECT_THAT(missing.error().message, HasSubstr("those of UCI Online Retail are InvoiceNo, "));
  auto doubled = header_record();
  doubled.fields.emplace_back("Country");
  EXPECT_EQ(retail_columns::find(doubled).error().where, "Country");
}

}  // namespace
