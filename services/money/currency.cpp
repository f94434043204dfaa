// SPDX-License-Identifier: MPL-2.0
#include "money/currency.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace money {
namespace {

constexpr std::size_t code_length = 3;

struct currency_group {
  std::optional<int> minor_units;
  std::string_view codes;  // three letters each and one space between
};

constexpr std::array groups{
    currency_group{2,
                   "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN "
                   "BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP "
                   "ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
                   "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT "
                   "MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
                   "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
                   "SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD "
                   "XCD XCG YER ZAR ZMW ZWG"},
    currency_group{3, "BHD IQD JOD KWD LYD OMR TND"},
    currency_group{0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    currency_group{4, "CLF UYW"},
    currency_group{std::nullopt, "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"},
};

bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

std::optional<currency> find_currency(std::string_view code) noexcept {
  // The letters are checked first: a code with a space in it could match across two entries.
  if (code.size() != code_length || !std::all_of(code.begin(), code.end(), is_upper)) {
    return std::nullopt;
  }
  for (const auto& group : groups) {
    const auto position = group.codes.find(code);
    if (position != std::string_view::npos) {
      return currency{group.codes.substr(position, code_length), group.minor_units};
    }
  }
  return std::nullopt;
}

kith::result<void> check_currency(std::string_view code) {
  if (find_currency(code)) {
    return {};
  }
  return kith::fail(kith::errc::invalid_argument,
                    "\"" + std::string{code.substr(0, 16)} +
                        "\" is not an active ISO 4217 currency code such as GBP",
                    kith::outcome::not_sent, "currency");
}

std::vector<currency> active_currencies() {
  std::vector<currency> all;
  for (const auto& group : groups) {
    for (std::size_t at = 0; at < group.codes.size(); at += code_length + 1) {
      all.push_back({group.codes.substr(at, code_length), group.minor_units});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const currency& a, const currency& b) { return a.code < b.code; });
  return all;
}

}  // namespace money
