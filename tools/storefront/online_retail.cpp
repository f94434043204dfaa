// SPDX-License-Identifier: MPL-2.0
#include "storefront/online_retail.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "money/currency.hpp"

namespace storefront {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

std::string joined(const std::vector<std::string>& fields) {
  std::string all;
  for (const auto& field : fields) {
    all += field;
    all += '\x1f';
  }
  return all;
}

/// Puts rows in their places, one after the other.
class bookkeeper {
 public:
  bookkeeper(std::string_view currency, const retail_limits& limits)
      : currency_{currency}, limits_{&limits} {
    book_.total = money::zero(currency);
    book_.classes.fill({0, money::zero(currency)});
  }

  /// Fails only where the whole book does.
  kith::result<void> enter(const csv_record& record, const retail_columns& columns) {
    if (++book_.rows > limits_->rows) {
      return kith::fail(kith::errc::too_large,
                        "more than " + std::to_string(limits_->rows) + " rows");
    }
    auto row = read_row(record, columns, currency_);
    // An invoice whose total overflows keeps the lines before; the row counts as unparsed.
    auto filed = row.and_then([&](const retail_row& good) { return file(good, record.line); });
    if (!filed) {
      note_problem(record.line, filed.error().message);
      return {};
    }
    count_oddities(*row, record);
    return account_for(*row);
  }

  retail_book take() && {
    book_.invoice_numbers = numbers_.size();
    for (const auto& [number, seen] : numbers_) {
      book_.oddities.two_timestamps += seen.two_timestamps ? 1 : 0;
      book_.oddities.large_invoices += seen.rows > 1000 ? 1 : 0;
    }
    return std::move(book_);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  struct number_facts {
    std::size_t index = none;  // in book_.invoices
    std::uint64_t rows = 0;
    std::string timestamp;
    std::string customer;
    bool two_timestamps = false;
    std::unordered_set<std::string> row_texts;
  };

  kith::result<void> file(const retail_row& row, std::uint64_t line) {
    if (row.kind != row_class::order_line && row.kind != row_class::return_line) {
      return {};
    }
    auto& facts = numbers_[row.invoice];
    const bool begins = facts.index == none;
    invoice fresh;
    if (begins) {
      fresh = opened(row, line);
    }
    auto& target = begins ? fresh : book_.invoices[facts.index];
    auto added =
        append_line(target, {row.stock_code, row.description, row.quantity, row.unit_price});
    if (added && begins) {
      facts.index = book_.invoices.size();
      book_.invoices.push_back(std::move(fresh));
    }
    if (added && !row.customer.empty() && book_.invoices[facts.index].guest) {
      book_.invoices[facts.index].guest = false;
      book_.invoices[facts.index].customer = row.customer;
    }
    return added;
  }

  invoice opened(const retail_row& row, std::uint64_t line) const {
    invoice fresh;
    fresh.number = row.invoice;
    fresh.kind =
        row.kind == row_class::return_line ? invoice_kind::goods_return : invoice_kind::order;
    fresh.guest = row.customer.empty();
    fresh.customer = fresh.guest ? guest_of(row.invoice) : row.customer;
    fresh.country = row.country;
    fresh.timestamp = row.timestamp;
    fresh.total = money::zero(currency_);
    fresh.first_line = line;
    return fresh;
  }

  void note_problem(std::uint64_t line, const std::string& message) {
    ++book_.classes[static_cast<std::size_t>(row_class::unparsed)].rows;
    if (book_.problems.size() < limits_->problems) {
      book_.problems.push_back({line, message});
    }
  }

  kith::result<void> account_for(const retail_row& row) {
    auto& account = book_.classes[static_cast<std::size_t>(row.kind)];
    ++account.rows;
    auto sum = money::add(account.sum, row.value);
    auto total = money::add(book_.total, row.value);
    if (!sum || !total) {
      return tl::make_unexpected(!sum ? sum.error() : total.error());
    }
    account.sum = std::move(*sum);
    book_.total = std::move(*total);
    return {};
  }

  void count_oddities(const retail_row& row, const csv_record& record) {
    auto& counts = book_.oddities;
    const auto add = [](std::uint64_t& counter, bool met) { counter += met ? 1 : 0; };
    add(counts.trimmed, row.trimmed);
    add(counts.empty_descriptions, row.description.empty());
    add(counts.no_customer, row.customer.empty());
    add(counts.fine_prices, row.price_decimals > 2);
    add(counts.repaired_texts, record.repaired_octets > 0);
    const auto spelling = spellings_.try_emplace(lower(row.stock_code), row.stock_code).first;
    add(counts.case_variants, spelling->second != row.stock_code);
    count_oddities_of_invoice(row, record);
  }

  void count_oddities_of_invoice(const retail_row& row, const csv_record& record) {
    auto& counts = book_.oddities;
    auto& facts = numbers_[row.invoice];
    counts.scattered += facts.rows > 0 && last_number_ != row.invoice ? 1 : 0;
    last_number_ = row.invoice;
    if (facts.rows++ == 0) {
      facts.timestamp = row.timestamp;
    }
    if (facts.customer.empty()) {
      facts.customer = row.customer;
    }
    facts.two_timestamps = facts.two_timestamps || facts.timestamp != row.timestamp;
    counts.customer_conflicts += !row.customer.empty() && facts.customer != row.customer ? 1 : 0;
    counts.repeated_rows += facts.row_texts.insert(joined(record.fields)).second ? 0 : 1;
  }

  std::string currency_;
  const retail_limits* limits_;
  retail_book book_;
  std::unordered_map<std::string, number_facts> numbers_;
  std::unordered_map<std::string, std::string> spellings_;  // lower case → the first met
  std::string last_number_;
};

tl::unexpected<kith::error> at(std::string_view name, std::uint64_t line, kith::error why) {
  why.message =
      std::string{name} + ", line " + std::to_string(line) + ": " + std::move(why.message);
  return tl::make_unexpected(std::move(why));
}

}  // namespace

kith::result<retail_book> read_online_retail(std::istream& input, std::string_view name,
                                             std::string_view currency,
                                             const retail_limits& limits) {
  if (auto known = money::check_currency(currency); !known) {
    return tl::make_unexpected(known.error());
  }
  csv_reader reader{input, limits.csv};
  csv_record record;
  if (!reader.next(record) && !reader.input_failed()) {
    return at(name, 1, {kith::errc::bad_config, "the file is empty; it begins with column names"});
  }
  if (!record.fault.empty()) {
    return at(name, record.line, {kith::errc::bad_config, record.fault});
  }
  const auto columns = retail_columns::find(record);
  if (!columns && !reader.input_failed()) {
    return at(name, record.line, columns.error());
  }
  bookkeeper keeper{currency, limits};
  while (columns && reader.next(record)) {
    if (auto entered = keeper.enter(record, *columns); !entered) {
      return at(name, record.line, entered.error());
    }
  }
  if (reader.input_failed()) {
    return at(name, record.line, {kith::errc::io_error, "reading stopped with an error"});
  }
  return std::move(keeper).take();
}

}  // namespace storefront
