// SPDX-License-Identifier: MPL-2.0
// hostile_metrics text|open: the page of a node whose names were chosen to break who reads it.

#include <array>
#include <iostream>
#include <string>
#include <string_view>

#include "admin/metrics.hpp"

namespace {

constexpr std::array<std::string_view, 9> names{
    "a\"} 1\nkith_calls_total{x=\"\\", "\\",   "\"",       "\n# EOF\n",
    "# HELP kith_calls_total twice",   "{},=", "\xff\xfe", "\x01\x7f\r\t",
    "\xe2\x80\xae\xf0\x9f\x92\xa9",
};

kith::account_info row_of(std::string scope, std::string_view name, std::uint64_t count) {
  kith::account_info row;
  row.scope = std::move(scope);
  row.direction = "inbound";
  row.key = name;
  row.sent = row.delivered = count;
  row.dropped[std::string{name}] = count;
  return row;
}

}  // namespace

int main(int argc, char** argv) {
  kith::node_status status;
  status.self.service = status.self.instance = status.self.zone = names[0];
  std::uint64_t count = 0;
  for (const auto name : names) {
    ++count;
    for (const auto* const scope : {"method", "topic", "stream", "queue", "peer", "beacon"}) {
      status.accounts.push_back(row_of(scope, name, count));
    }
    status.breakers.push_back(
        {"id", std::string{name}, std::string{name}, std::string{name}, "open", 1});
    status.outboxes.push_back({std::string{name}, 1, 1, 1, 1});
  }
  const bool open = argc > 1 && std::string_view{argv[1]} == "open";
  const kith::admin::http_counts counts;
  std::cout << kith::admin::metrics_text(
      status, counts,
      open ? kith::admin::metrics_format::open_metrics : kith::admin::metrics_format::text);
}
