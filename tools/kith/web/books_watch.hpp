// SPDX-License-Identifier: MPL-2.0
#pragma once

// Whether the books balance, found out again and again while nodes are asked one by one. Pure.
//
// Design notes
// - `kith audit` holds two rounds against each other, of which the second begins when the first is
//   over (audit_reckoning.hpp). Here answers trickle in; so a round is over when everybody has
//   answered once, and what was asked before that is none of the next.
// - What does not fit is tried again with a newer second round, until patience ends.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kith/introspection.hpp>
#include <kith/time.hpp>

#include "kith/audit/audit_reckoning.hpp"

namespace kith::tool {

class books_watch {
 public:
  enum class verdict { looking, balanced, unbalanced };

  explicit books_watch(std::string asker) : asker_{std::move(asker)} {}

  /// What that node answered to a question of `asked_at`.
  void on_answer(const member_info& who, const node_status& status, time_point asked_at);
  /// Who is there now, by id, and the instances of those who do not answer. Call it after answers.
  void judge(const std::vector<std::string>& present, const std::vector<std::string>& silent,
             time_point now);

  [[nodiscard]] const std::string& asker() const noexcept { return asker_; }
  /// Of the latest pair of rounds that was over.
  [[nodiscard]] verdict state() const noexcept { return state_; }
  [[nodiscard]] const std::vector<audit_finding>& findings() const noexcept { return findings_; }

 private:
  struct row {
    std::string service;
    std::string instance;
    std::optional<book_list> first;
    std::optional<book_list> last;
    bool silent = false;
  };
  [[nodiscard]] bool all_have(std::optional<book_list> row::*which) const;
  void reckon_with(std::vector<std::string> silent, time_point now);

  std::string asker_;
  std::map<std::string, row> rows_;
  std::optional<time_point> first_over_;
  verdict state_ = verdict::looking;
  std::vector<audit_finding> findings_;
};

}  // namespace kith::tool
