// SPDX-License-Identifier: MPL-2.0
#include "kith/web/books_watch.hpp"

#include <algorithm>
#include <utility>

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration heads_time = 1300ms;  ///< an idle topic has told its head by then
constexpr duration books_patience = 6s;

}  // namespace

void books_watch::on_answer(const member_info& who, const node_status& status,
                            time_point asked_at) {
  auto& one = rows_[who.id];
  one.service = who.service;
  one.instance = who.instance;
  book_list books{status.accounts, status.links, status.hearings};
  if (!first_over_) {
    one.first = std::move(books);
  } else if (asked_at >= *first_over_ + heads_time) {
    one.last = std::move(books);
  }
}

bool books_watch::all_have(std::optional<book_list> row::*which) const {
  return !rows_.empty() && std::all_of(rows_.begin(), rows_.end(), [which](const auto& one) {
    return one.second.silent || one.second.*which;
  });
}

void books_watch::judge(const std::vector<std::string>& present,
                        const std::vector<std::string>& silent, time_point now) {
  std::erase_if(rows_, [&](const auto& one) {
    return std::find(present.begin(), present.end(), one.first) == present.end();
  });
  for (const auto& id : present) {
    rows_[id];
  }
  for (auto& [id, one] : rows_) {
    one.silent = std::find(silent.begin(), silent.end(), id) != silent.end();
  }
  if (!first_over_ && all_have(&row::first)) {
    first_over_ = now;
  } else if (first_over_ && all_have(&row::last)) {
    std::vector<std::string> names;
    for (const auto& [id, one] : rows_) {
      if (one.silent) {
        names.push_back(one.instance);
      }
    }
    reckon_with(std::move(names), now);
  }
}

void books_watch::reckon_with(std::vector<std::string> silent, time_point now) {
  std::vector<audited_node> nodes;
  for (auto& [id, one] : rows_) {
    if (!one.silent) {
      nodes.push_back({id, one.service, one.instance, one.first ? *one.first : book_list{},
                       std::exchange(one.last, std::nullopt).value()});
    }
  }
  auto findings = reckon(nodes, silent.empty(), asker_);
  if (!findings.empty() && now - *first_over_ < books_patience) {
    return;  // under load it never stands still: with a newer second round
  }
  state_ = findings.empty() ? verdict::balanced : verdict::unbalanced;
  findings_ = std::move(findings);
  for (auto& one : nodes) {
    rows_[one.id].first = std::move(one.last);
  }
  first_over_ = now;
}

}  // namespace kith::tool
