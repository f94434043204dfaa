// SPDX-License-Identifier: MPL-2.0
#include "peers/own_link.hpp"

#include <utility>

#include "peers/greeting.hpp"

namespace kith::peers {

own_link::own_link(link_context& context, settlements& ended, const node_id& who, std::string where,
                   std::string_view service_there)
    : shared{context},
      settled{ended},
      peer{who},
      endpoint{std::move(where)},
      service{service_there},
      machine{context.options.timing, resilience::backoff{context.options.backoff}},
      flows{flows_of(context.books, who.to_string())} {}

link_view own_link::view() const {
  const auto via = std::string_view{dialled}.substr(0, dialled.find(':'));
  return {&description,
          machine.phase(),
          leaving,
          round_trip,
          queue_depth,
          why,
          via,
          expected && !expected->certificates.empty() ? expected->certificates.front() : nullptr};
}

link_row own_link::row() const {
  return {
      peer,    true, false,     number, writer->counted(), writer->confirmed(), writer->in_flight(),
      inbound, link, round_trip};
}

void own_link::begin(transport::link_id attempt) {
  link = attempt;
  if (description.id.is_nil()) {
    node_description only;
    only.id = peer;
    shared.out.name_peer(link, only);
  } else {
    shared.out.name_peer(link, description);
  }
  writer = shared.make_writer(link, *flows.out);
  ping_sequence = 0;
  number = 0;
  inbound = {};
}

void own_link::greet(std::uint64_t by_number) {
  wire::hello greeting;
  greeting.self = shared.self;
  greeting.expected = peer;
  greeting.opening = {said_number = by_number, settled.read_before(peer)};
  static_cast<void>(writer->write(greeting));
}

void own_link::ping(std::uint64_t sequence, time_point now, std::uint32_t our_depth) {
  ping_sequence = sequence;
  ping_sent = now;
  static_cast<void>(
      writer->write(wire::ping{sequence, our_depth, counts_of(number, inbound, *writer)}));
}

void own_link::on_pong(const wire::pong& echo) {
  if (echo.sequence == ping_sequence) {
    round_trip = shared.loop.now() - ping_sent;
  }
  queue_depth = echo.queue_depth;
  if (number == 0 || !echo.counts) {
    return;
  }
  settled.check(peer, *flows.in, inbound, *writer, *echo.counts);
  if (echo.sequence == 0) {
    writer->give_up_unconfirmed();
  }
}

void own_link::say_last_word() {
  if (number != 0 && writer && is_open()) {
    static_cast<void>(writer->write(wire::ping{0, 0, counts_of(number, inbound, *writer)}));
    writer->flush();
  }
}

void own_link::believe() {
  description = said;
  const auto beyond = expected == nullptr ? 0 : keep_what_is_given(description, *expected);
  if (beyond == 0) {
    return;
  }
  for (std::size_t i = 0; i < beyond; ++i) {
    flows.in->refuse(ledger::drop_reason::denied);
  }
  shared.out.count_drops(link, ledger::drop_reason::denied, beyond);
  complain(dialled + ": it offers " + std::to_string(beyond) +
           " methods or topics that its certificate does not give: they are not used; "
           "kith trust sign gives more rights");
}

void own_link::complain(const std::string& what) {
  if (std::exchange(complained, what) != what) {
    shared.log.write(log_level::warning, "peers",
                     (service.empty() ? std::string{} : service + " ") + "(" +
                         peer.to_short_string() + "): " + what);
  }
}

void own_link::open_counts(const wire::welcome& value) {
  auto* const before = value.read ? settled.dialled(peer) : nullptr;
  if (before == nullptr) {
    return;
  }
  number = said_number;
  writer->expect_counts();
  if (!before->settle(*value.read)) {
    settled.say_disagreement(peer, "it has read more off our earlier links than we sent");
  }
}

void own_link::end_counts() {
  if (const auto counted = std::exchange(number, 0); counted != 0 && writer) {
    settled.end_dialled(peer, {inbound.read(), writer->confirmed(), writer->take_unconfirmed()},
                        *flows.out);
  }
}

}  // namespace kith::peers
