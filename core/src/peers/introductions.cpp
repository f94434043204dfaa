// SPDX-License-Identifier: MPL-2.0
#include "peers/introductions.hpp"

#include <algorithm>
#include <utility>

#include "peers/description.hpp"
#include "peers/greeting.hpp"

namespace kith::peers {

void introductions::begin(const std::string& endpoint, std::string_view service, introduced done) {
  std::shared_ptr<const security::known_key> expected;
  auto link = rows_.size() < shared_.options.max_introductions
                  ? dial(endpoint, service, expected)
                  : fail(errc::queue_full, "too many introductions are under way");
  if (!link) {
    if (link.error().what() == errc::queue_full) {
      counted().refuse(ledger::drop_reason::queue_full);
    }
    shared_.loop.post([then = std::move(done), why = std::move(link.error())]() mutable {
      then(tl::make_unexpected(std::move(why)));
    });
    return;
  }
  ++counted().sent;
  const auto& timing = shared_.options.timing;
  row begun;
  begun.endpoint = endpoint;
  begun.anyone = service.empty();
  begun.until = shared_.loop.time_after(timing.connect_timeout + timing.hello_timeout);
  begun.expected = expected;
  begun.done = std::move(done);
  begun.flows = flows_of(shared_.books, strangers);
  attempt(*link, std::move(begun));
}

void introductions::stop() {
  for (auto& [id, begun] : rows_) {
    shared_.loop.cancel(begun.timer);
  }
  rows_.clear();
}

void introductions::attempt(transport::link_id link, row begun) {
  ++begun.tried;
  begun.writer = shared_.make_writer(link, *begun.flows.out);
  begun.timer = shared_.loop.at(begun.until, [this, link] {
    end(link, fail(errc::deadline_exceeded, "it did not answer in time"));
  });
  rows_.insert_or_assign(link, std::move(begun));
}

/// The key that was expected was not proved, and others are known: the next one, at once.
bool introductions::try_next_key(transport::link_id link) {
  constexpr std::size_t most = 64;  // then its next turn goes on from there
  const auto& before = rows_.at(link);
  if (!keys_.any() || !before.anyone ||
      before.tried >= std::min(most, keys_.ring()->known().size())) {
    return false;
  }
  std::shared_ptr<const security::known_key> expected;
  const auto again = dial(before.endpoint, {}, expected);
  if (!again) {
    return false;
  }
  auto begun = std::move(rows_.extract(link).mapped());
  shared_.loop.cancel(begun.timer);
  shared_.out.close(link);
  begun.expected = std::move(expected);
  attempt(*again, std::move(begun));
  return true;
}

/// With keys and nobody in particular, each known one in turn: the one that is proved says who is
/// there.
result<transport::link_id> introductions::dial(
    const std::string& endpoint, std::string_view service,
    std::shared_ptr<const security::known_key>& expected) {
  if (keys_.any()) {
    if (seeds_.size() >= shared_.options.max_introductions && !seeds_.contains(endpoint)) {
      seeds_.clear();  // each begins with the first key again
    }
    expected = service.empty() ? keys_.choose(seeds_[endpoint], {})
                               : keys_.choose(security::key_choice{}, service);
    if (expected == nullptr) {
      return fail(errc::permission_denied, keys_.no_key_for(service));
    }
  }
  return shared_.out.dial(endpoint, keys_.policy(expected.get()));
}

ledger::flow& introductions::counted() const {
  return shared_.books.open(ledger::scope::queue, ledger::direction::inbound, "introductions");
}

void introductions::end(transport::link_id link, result<node_description> outcome) {
  const auto found = rows_.find(link);
  if (found == rows_.end()) {
    return;
  }
  shared_.loop.cancel(found->second.timer);
  const auto ended = rows_.extract(found);
  shared_.out.close(link);
  ++counted().delivered;
  ended.mapped().done(std::move(outcome));
}

void introductions::on_link(transport::link_id link, transport::link_event what,
                            const std::string& why) {
  if (what != transport::link_event::connected) {
    if (what == transport::link_event::handshake_failed) {
      if (const auto seed = seeds_.find(rows_.at(link).endpoint); seed != seeds_.end()) {
        seed->second.failed();
      }
      if (try_next_key(link)) {
        return;
      }
    }
    const bool unresolved = what == transport::link_event::unresolved;
    end(link, fail(unresolved ? errc::io_error : errc::peer_lost, why));
    return;
  }
  wire::hello greeting;
  greeting.self = shared_.self;
  static_cast<void>(rows_.at(link).writer->write(greeting));
}

void introductions::on_packet(transport::link_id link, byte_view packet) {
  auto& begun = rows_.at(link);
  wire::envelope_reader reader{packet, shared_.options.bounds};
  const auto first = reader.next();
  if (!first || !first->has_value()) {
    const auto code = first ? errc::malformed : first.error().what();
    refuse_inbound(shared_.out, begun.flows, link, ledger::reason_of(code));
    end(link, fail(code, "it sent something malformed"));
    return;
  }
  ++begun.flows.in->sent;
  ++begun.flows.in->delivered;
  if (const auto* refusal = std::get_if<wire::refuse>(&**first)) {
    end(link, fail(refusal->code, refusal->reason));
  } else if (const auto* greeting = std::get_if<wire::welcome>(&**first)) {
    if (auto flaw = flaw_of(*greeting, shared_.self, begun.expected.get(), keys_.certified())) {
      end(link, tl::make_unexpected(std::move(*flaw)));
      return;
    }
    auto peer = greeting->self;
    resolve_wildcards(peer, begun.endpoint);
    end(link, std::move(peer));
  } else {
    end(link, fail(errc::malformed, "it answered hello with something else"));
  }
}

void introductions::on_bad_packet(transport::link_id link, const std::string& why) {
  end(link, fail(errc::malformed, why));
}

void introductions::on_writable(transport::link_id link) {
  if (const auto begun = rows_.find(link); begun != rows_.end()) {
    begun->second.writer->flush();
  }
}

bool introductions::is_own_hello(const wire::hello& value) const {
  return !rows_.empty() && value.expected.is_nil() && value.self == shared_.self;
}

}  // namespace kith::peers
