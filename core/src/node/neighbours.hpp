// SPDX-License-Identifier: MPL-2.0
#pragma once

// Joins the member table to the hub: what links and beacons tell goes in as events, what the table
// decides comes out as links to keep or to drop. Also the view that routing chooses from, which in
// a large domain opens the links that calls wait for.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kith/introspection.hpp>

#include "base/log.hpp"
#include "discovery/seed_service.hpp"
#include "ledger/books.hpp"
#include "membership/member_table.hpp"
#include "node/service_databases.hpp"
#include "peers/hub.hpp"
#include "rpc/client.hpp"
#include "runtime/loop.hpp"

namespace kith {

class neighbours final : public peers::link_watcher,
                         public rpc::instance_source,
                         public discovery::introducer {
 public:
  /// `on_forgotten` drops what others keep for a member, who may come back unless `for_good`.
  using forgetter = unique_function<void(const node_id&, bool for_good)>;
  neighbours(runtime::loop& loop, peers::hub& hub, ledger::books& books, log_sink& log,
             membership::member_table table, forgetter on_forgotten);
  ~neighbours() override;

  void start();
  void stop();
  [[nodiscard]] std::vector<member_info> list() const;
  /// In rotation.
  [[nodiscard]] std::vector<member_info> publishers_of(std::string_view topic) const;
  /// What a member tells of a third node; gives why it was not taken.
  std::optional<ledger::drop_reason> on_update(const membership::update& told,
                                               const node_id& teller);
  [[nodiscard]] std::vector<membership::update> known_after(const node_id& last,
                                                            std::size_t most) const {
    return table_.known_after(last, most);
  }
  /// Any services with which a link is open, in random order, but for `but`.
  [[nodiscard]] std::vector<node_id> helpers(const node_id& but, std::size_t most) const;
  /// How a member is heard here, and where it could be asked.
  struct sighting {
    bool heard = false;  ///< on our own link, lately
    std::string dial;    ///< empty: it is not alive here, or unknown
    std::string service;
  };
  [[nodiscard]] sighting look_up(const node_id& id) const;
  /// What asking others about a member came to.
  void on_vouched(const node_id& id);
  void on_unheard(const node_id& id);
  /// It told us its own itself.
  void on_own_revision(const node_id& id, membership::revision own);
  [[nodiscard]] membership::revision own_revision() const noexcept { return table_.own_revision(); }
  [[nodiscard]] bool has_rumours() const noexcept { return table_.has_rumours(); }
  [[nodiscard]] std::vector<membership::update> look_at_rumours(std::size_t most) const {
    return table_.look_at_rumours(most);
  }
  [[nodiscard]] std::vector<membership::update> take_rumours(std::size_t most) {
    return table_.take_rumours(most);
  }
  [[nodiscard]] std::size_t living() const noexcept { return table_.living(); }

  /// Called when somebody may have come into rotation.
  void on_rotation(unique_function<void()> then) { on_rotation_ = std::move(then); }
  /// Called with whom was greeted and had not been, or had been dead.
  void on_newcomer(unique_function<void(const node_description&)> then) {
    on_newcomer_ = std::move(then);
  }
  /// Called, again and again, while there are rumours to spread.
  void on_news(unique_function<void()> then) { on_news_ = std::move(then); }
  /// Called with a member that could not be dialled: ask others, then `on_vouched` or `on_unheard`.
  void on_doubt(unique_function<void(const node_id&)> then) { on_doubt_ = std::move(then); }
  /// Asked whether a member needs its link, whatever the size of the domain.
  void set_use(std::function<bool(const node_description&)> uses) { uses_ = std::move(uses); }

  // discovery::introducer
  void introduce(const std::string& endpoint, introduced done) override {
    hub_.introduce(endpoint, {}, std::move(done));
  }
  [[nodiscard]] bool reaches(const std::string& endpoint, const node_id& met) const override;
  void on_candidate(const membership::candidate& heard_of) override;
  // rpc::instance_source
  void instances_of(std::string_view service,
                    std::vector<rpc::candidate_instance>& into) const override;
  [[nodiscard]] std::uint64_t version() const noexcept override { return version_; }
  bool open_more(std::string_view service, std::string_view method) override;
  void open_link(const node_id& to) override;

  // peers::link_watcher
  void on_link_open(const node_description& peer) override;
  void on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) override;
  void on_dial_failed(const node_id& peer, std::string_view why, bool refused) override;
  void on_heard(const node_id& peer) override;
  void on_goodbye(const node_id& peer, std::string_view reason, std::string_view by) override;
  void on_session_open(const node_description& peer, std::string_view from) override;
  [[nodiscard]] bool keeps(const node_id& peer) const override {
    return table_.find(peer) != nullptr;
  }

 private:
  void act();
  void note_gone(const membership::changed& what);
  void say(const membership::changed& what);
  void warn_of_other_database(const node_description& peer);
  void tick();

  runtime::loop& loop_;
  peers::hub& hub_;
  log_sink& log_;
  ledger::flow& greetings_;  ///< of those who can be dialled back, in the books
  membership::member_table table_;
  forgetter on_forgotten_;
  unique_function<void()> on_rotation_;
  unique_function<void(const node_description&)> on_newcomer_;
  unique_function<void()> on_news_;
  unique_function<void(const node_id&)> on_doubt_;
  std::function<bool(const node_description&)> uses_;
  runtime::timer_id ticker_ = runtime::timer_id::none;
  mutable std::map<std::string, std::vector<rpc::candidate_instance>, std::less<>> by_service_;
  std::uint64_t version_ = 1;  ///< of `by_service_`
  mutable detail::service_databases databases_;
  bool acting_ = false;
  std::optional<node_id> dropping_;  ///< by the table's wish: no loss
  bool stopped_ = false;
};

/// A member, and what our link to it tells (may be null), as tools see it.
member_info describe_member(const membership::member& m, const peers::link_view* link,
                            time_point now);

}  // namespace kith
