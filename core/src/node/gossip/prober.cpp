// SPDX-License-Identifier: MPL-2.0
#include "node/gossip/prober.hpp"

#include <utility>

namespace kith {

struct prober::inquiry {
  node_id about;
  std::size_t asked = 0;  ///< who have not answered yet
  bool over = false;
};

prober::prober(runtime::loop& loop, peers::hub& hub, detail::caller& client, neighbours& members,
               ledger::books& books, prober_options options)
    : loop_{loop},
      hub_{hub},
      client_{client},
      members_{members},
      counted_{books.open(ledger::scope::queue, ledger::direction::inbound, "looks")},
      options_{options} {}

void prober::ask_around(const node_id& about) {
  const auto helpers = members_.helpers(about, options_.helpers);
  if (helpers.empty()) {
    loop_.post([this, about] { members_.on_unheard(about); });
    return;
  }
  auto one = std::make_shared<inquiry>();
  one->about = about;
  one->asked = helpers.size();
  for (const auto& helper : helpers) {
    ask(helper, one);
  }
}

void prober::ask(const node_id& helper, const std::shared_ptr<inquiry>& one) {
  detail::raw_call call;
  call.method = probe_for.name;
  call.body = encode(probe_request{one->about.to_string()});
  call.deadline = options_.patience;
  call.instance = helper;
  client_.start(std::move(call), [this, one](result<std::string_view> octets) {
    const auto reply = detail::reply_of<probe_reply>(std::move(octets));
    --one->asked;
    if (one->over || stopped_) {
      return;
    }
    if (reply && reply->heard) {
      one->over = true;
      members_.on_vouched(one->about);
    } else if (one->asked == 0) {
      one->over = true;
      members_.on_unheard(one->about);
    }
  });
}

task<std::string> prober::answer(probe_request request) {
  const auto id = node_id::from_string(request.id);
  if (!id) {
    throw failure{
        error{errc::invalid_argument, "id is a node id of 32 digits", outcome::answered, "id"}};
  }
  const auto found = members_.look_up(*id);
  if (found.heard || found.dial.empty()) {
    co_return encode(probe_reply{found.heard});
  }
  const auto reply = co_await look(*id, found);
  co_return encode(reply);
}

operation<probe_reply> prober::look(const node_id& about, neighbours::sighting where) {
  return operation<probe_reply>{
      [this, about, where = std::move(where)](operation<probe_reply>::completion done) {
        auto waiting = std::make_shared<operation<probe_reply>::completion>(std::move(done));
        const auto found = looks_.find(about);
        if (found != looks_.end()) {
          found->second.push_back(waiting);
        } else if (looks_.size() >= options_.most_looks) {
          counted_.refuse(ledger::drop_reason::queue_full);
          std::exchange(*waiting, {})(probe_reply{});
        } else {
          ++counted_.sent;
          looks_[about].push_back(waiting);
          hub_.introduce(where.dial, where.service, [this, about](result<node_description> who) {
            end_look(about, who && who->id == about);
          });
        }
        return unique_function<void()>{[waiting] {
          if (*waiting) {
            std::exchange(*waiting, {})(fail(errc::cancelled, "the caller gave up"));
          }
        }};
      }};
}

void prober::end_look(const node_id& about, bool heard) {
  const auto ended = looks_.extract(about);
  ++counted_.delivered;
  for (const auto& one : ended.mapped()) {
    if (*one) {
      std::exchange(*one, {})(probe_reply{heard});
    }
  }
}

}  // namespace kith
