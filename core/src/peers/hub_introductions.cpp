// SPDX-License-Identifier: MPL-2.0

// Asking an address who is there: one attempt, one greeting with nobody expected, and the end.

#include <algorithm>
#include <utility>

#include "peers/description.hpp"
#include "peers/hub_tables.hpp"

namespace kith::peers {

void hub::introduce(const std::string& endpoint, std::string_view service, introduced done) {
  if (stopped_) {
    return;
  }
  std::shared_ptr<const security::known_key> expected;
  auto link = introductions_.size() < options_.max_introductions
                  ? dial_anyone(endpoint, service, expected)
                  : fail(errc::queue_full, "too many introductions are under way");
  auto& counted = books_.open(ledger::scope::queue, ledger::direction::inbound, "introductions");
  if (!link) {
    if (link.error().what() == errc::queue_full) {
      counted.refuse(ledger::drop_reason::queue_full);
    }
    loop_.post([then = std::move(done), why = std::move(link.error())]() mutable {
      then(tl::make_unexpected(std::move(why)));
    });
    return;
  }
  ++counted.sent;
  introduction begun;
  begun.endpoint = endpoint;
  begun.anyone = service.empty();
  begun.until = loop_.time_after(options_.timing.connect_timeout + options_.timing.hello_timeout);
  begun.expected = expected;
  begun.done = std::move(done);
  begun.flows = flows_of(strangers);
  begin_introduction(*link, std::move(begun));
}

void hub::begin_introduction(transport::link_id link, introduction begun) {
  ++begun.tried;
  begun.writer = make_writer(link, *begun.flows.out);
  begun.timer = loop_.at(begun.until, [this, link] {
    end_introduction(link, fail(errc::deadline_exceeded, "it did not answer in time"));
  });
  introductions_.insert_or_assign(link, std::move(begun));
}

/// The key that was expected was not proved, and others are known: the next one, at once.
bool hub::try_next_key(transport::link_id link) {
  constexpr std::size_t most = 64;  // then its next turn goes on from there
  const auto& before = introductions_.at(link);
  if (!keys_ || !before.anyone || before.tried >= std::min(most, keys_->known().size())) {
    return false;
  }
  std::shared_ptr<const security::known_key> expected;
  const auto again = dial_anyone(before.endpoint, {}, expected);
  if (!again) {
    return false;
  }
  auto begun = std::move(introductions_.extract(link).mapped());
  loop_.cancel(begun.timer);
  out_.close(link);
  begun.expected = std::move(expected);
  begin_introduction(*again, std::move(begun));
  return true;
}

/// With keys and nobody in particular, each known one in turn: the one that is proved says who is
/// there.
result<transport::link_id> hub::dial_anyone(const std::string& endpoint, std::string_view service,
                                            std::shared_ptr<const security::known_key>& expected) {
  if (keys_) {
    expected = kept(service.empty() ? introduction_keys_[endpoint].choose(*keys_, {})
                                    : security::key_choice{}.choose(*keys_, service));
    if (expected == nullptr) {
      return fail(errc::permission_denied, no_key_for(service));
    }
  }
  return out_.dial(endpoint, {keys_, expected == nullptr ? std::string{} : expected->key});
}

void hub::end_introduction(transport::link_id link, result<node_description> outcome) {
  const auto found = introductions_.find(link);
  if (found == introductions_.end()) {
    return;
  }
  loop_.cancel(found->second.timer);
  const auto ended = introductions_.extract(found);
  out_.close(link);
  ++books_.open(ledger::scope::queue, ledger::direction::inbound, "introductions").delivered;
  ended.mapped().done(std::move(outcome));
}

void hub::on_introduction_link(transport::link_id link, transport::link_event what,
                               const std::string& why) {
  if (what != transport::link_event::connected) {
    if (what == transport::link_event::handshake_failed) {
      if (const auto seed = introduction_keys_.find(introductions_.at(link).endpoint);
          seed != introduction_keys_.end()) {
        seed->second.failed();
      }
      if (try_next_key(link)) {
        return;
      }
    }
    const bool unresolved = what == transport::link_event::unresolved;
    end_introduction(link, fail(unresolved ? errc::io_error : errc::peer_lost, why));
    return;
  }
  wire::hello greeting;
  greeting.self = self_;
  static_cast<void>(introductions_.at(link).writer->write(greeting));
}

void hub::on_introduction_packet(transport::link_id link, byte_view packet) {
  auto& begun = introductions_.at(link);
  wire::envelope_reader reader{packet, options_.bounds};
  const auto first = reader.next();
  if (!first || !first->has_value()) {
    const auto code = first ? errc::malformed : first.error().what();
    refuse_inbound(begun.flows, link, ledger::reason_of(code));
    end_introduction(link, fail(code, "it sent something malformed"));
    return;
  }
  ++begun.flows.in->sent;
  ++begun.flows.in->delivered;
  if (const auto* refusal = std::get_if<wire::refuse>(&**first)) {
    end_introduction(link, fail(refusal->code, refusal->reason));
  } else if (const auto* greeting = std::get_if<wire::welcome>(&**first)) {
    if (auto flaw = flaw_of(*greeting, begun.expected.get())) {
      end_introduction(link, tl::make_unexpected(std::move(*flaw)));
      return;
    }
    auto peer = greeting->self;
    resolve_wildcards(peer, begun.endpoint);
    end_introduction(link, std::move(peer));
  } else {
    end_introduction(link, fail(errc::malformed, "it answered hello with something else"));
  }
}

bool hub::is_own_hello(const wire::hello& value) const {
  return !introductions_.empty() && value.expected.is_nil() && value.self == self_;
}

}  // namespace kith::peers
