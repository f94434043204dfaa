// SPDX-License-Identifier: MPL-2.0
#pragma once

// The latest that is known of every node of the domain, and whom to ask next. Pure.
//
// Design notes
// - Nodes are asked one by one, not in rounds: who hangs delays nobody. Each is asked once a
//   second, in domains of more than 40 less often; at most `most_asked` questions are open.
// - Members without a service are on the map when they call others: clients. Tools are not.
// - Who is gone stays on the map for a while, with the reason.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kith/introspection.hpp>
#include <kith/time.hpp>

#include "kith/web/books_watch.hpp"
#include "kith/web/map_document.hpp"

namespace kith::tool {

class domain_picture {
 public:
  static constexpr std::size_t most_asked = 16;
  static constexpr std::size_t most_nodes = 1000;
  static constexpr duration shown_when_gone = std::chrono::seconds{15};

  explicit domain_picture(std::string asker) : books_{std::move(asker)} {}

  /// The members as they are now. Gives whom to ask; each must come back as an answer or a failure.
  std::vector<member_info> look(const std::vector<member_info>& members, time_point now);
  void on_answer(const std::string& id, node_status status, time_point now);
  void on_failure(const std::string& id, const error& why, time_point now);
  /// Nobody looks any more: what is asked anew begins without a past.
  void forget();

  /// Without `state`, `domain` and `tool`.
  [[nodiscard]] map_document document();
  /// The living nodes, by id.
  [[nodiscard]] std::vector<member_info> living() const;

 private:
  struct entry {
    member_info who;
    std::optional<node_status> last;
    map_part part;
    std::optional<time_point> asked;
    std::optional<time_point> gone;
    bool asking = false;
    bool silent = false;
    bool denied = false;  ///< it is silent, since we may not ask it
    bool shown = false;   ///< it has a service, or calls one
  };
  void see(const member_info& member, time_point now);
  void lose(entry& one, const std::string& state, const std::string& why, time_point now);
  void judge_books(time_point now);

  std::map<std::string, entry> entries_;
  std::size_t asking_ = 0;
  books_watch books_;
};

}  // namespace kith::tool
