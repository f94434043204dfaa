// SPDX-License-Identifier: MPL-2.0

// The client's streams: a call until an instance has begun one, then a row of the stream table.
// And what others may see of both.

#include <utility>

#include "rpc/client.hpp"

namespace kith::rpc {

std::unique_ptr<detail::incoming_stream> client::open(detail::raw_call call) {
  call.traits.waits = true;  // how long it takes says nothing of the peer, and it is not hedged
  auto made = streams_.make(call);
  auto* const reader = made.get();
  call.window = reader->window();
  auto refused = streams_.is_full() ? std::optional{stream_table::full()} : objection_to(call);
  if (refused) {
    reader->end(std::move(*refused));
    return made;
  }
  // The reader ends its opening before it ends itself: it is there whenever this runs.
  const auto id = start(std::move(call), [reader](result<std::string_view> begun) {
    if (!begun) {
      reader->end(std::move(begun.error()));
    }
  });
  streams_.add(*reader, id);
  return made;
}

/// Whatever a peer says first of a stream ends its opening. True when that peer has it.
bool client::is_begun(const node_id& peer, std::uint64_t stream) {
  if (pending_.call_of(stream) == nullptr) {
    return true;  // the table knows whose it is
  }
  if (!complete(peer, {stream, {}})) {
    return false;
  }
  streams_.begin(stream, peer);
  return true;
}

std::string client::method_of(std::uint64_t id) const {
  const auto* const p = pending_.call_of(id);
  return p != nullptr ? p->call.method : streams_.method_of(id);
}

bool client::on_item(const node_id& peer, const wire::item& one) {
  return streams_.has(one.id) && is_begun(peer, one.id) && streams_.on_item(peer, one);
}

bool client::on_credit(const node_id& peer, const wire::credit& more) {
  return streams_.has(more.id) && is_begun(peer, more.id) && streams_.has(more.id, peer);
}

}  // namespace kith::rpc
