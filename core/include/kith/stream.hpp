// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Streams: a method that answers with many items, as fast as its reader takes them.
///
/// \code
/// // the contract
/// inline constexpr kith::stream_method<watch_orders, order_change> watch{"order.watch"};
/// // the server
/// node.serve(order::watch,
///            [&](order::watch_orders request, kith::stream_writer<order_change>& out,
///                kith::call_context& call) -> kith::task<void> {
///   ...
///   co_await out.write(change);  // waits while the reader has no room
/// });
/// // the client
/// auto changes = orders.open(order::watch, {"42"});
/// while (auto change = co_await changes.next()) {
///   ...
/// }
/// \endcode
///
/// **Flow control.** The reader has room for `stream_options::window` items, and makes more as it
/// takes them: what is written and not taken is bounded by it, and so is the memory at both ends.
///
/// **The end.** A stream ends once: well, when its handler returns, or badly, with what the handler
/// threw or with `deadline_exceeded` (no instance began it in time), `peer_lost` (the link broke),
/// `shutting_down` (one of the two nodes stops). After a bad end it may be opened again, elsewhere;
/// nothing is repeated by itself once an instance has begun it. Dropping the `stream` cancels it.
///
/// All of it on the node's loop thread.

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <kith/call.hpp>
#include <kith/contract.hpp>
#include <kith/errors.hpp>
#include <kith/task.hpp>

namespace kith {

/// What a handler writes to. Valid until the handler has ended.
template <class Item>
class stream_writer {
 public:
  explicit stream_writer(detail::outgoing_stream& to) noexcept : to_{&to} {}

  /// `co_await` ends when the item is on its way; it waits while the reader has no room, or the
  /// link to it none. Throws `cancelled` when the caller cancelled or went away, or this node
  /// stops, and `too_large`. One at a time.
  [[nodiscard]] operation<void> write(argument<std::type_identity_t<Item>> item) {
    return operation<void>{
        [to = to_, octets = std::move(item).take()](
            operation<void>::completion done) mutable -> unique_function<void()> {
          to->write(std::move(octets), std::move(done));
          return [to] { to->stop_waiting(); };
        }};
  }

 private:
  detail::outgoing_stream* to_;
};

namespace detail {

template <class Item>
result<std::optional<Item>> item_of(result<std::optional<std::string_view>> octets) {
  if (!octets) {
    return tl::make_unexpected(std::move(octets.error()));
  }
  if (!*octets) {
    return std::optional<Item>{};
  }
  if constexpr (std::is_same_v<Item, encoded>) {
    return std::optional{encoded{std::string{**octets}}};
  } else {
    auto item = reply_of<Item>(result<std::string_view>{**octets});
    if (!item) {
      return tl::make_unexpected(std::move(item.error()));
    }
    return std::optional<Item>{std::move(*item)};
  }
}

}  // namespace detail

/// The reader's end. Move-only; destroying it cancels the stream. A node that has ended has ended
/// its streams: shutting_down.
template <class Item>
class [[nodiscard]] stream {
 public:
  explicit stream(std::unique_ptr<detail::incoming_stream> from) noexcept
      : from_{std::move(from)} {}

  /// `co_await` gives the next item, or nothing at the good end; it throws `kith::failure` at the
  /// bad one, after the items that came before it. One at a time. When the waiting is cancelled the
  /// stream goes on.
  [[nodiscard]] operation<std::optional<Item>> next() { return wait<std::optional<Item>>(); }

  /// The same as a result: does not throw.
  [[nodiscard]] operation<result<std::optional<Item>>> try_next() {
    return wait<result<std::optional<Item>>>();
  }

  /// The same with a callback `void(result<std::optional<Item>>)`, which runs exactly once, perhaps
  /// at once.
  template <std::invocable<result<std::optional<Item>>> Done>
  void next(Done done) {
    from_->next([then = std::move(done)](result<std::optional<std::string_view>> octets) mutable {
      then(detail::item_of<Item>(std::move(octets)));
    });
  }

  /// Cancels it now.
  void cancel() { from_.reset(); }

 private:
  template <class T>
  operation<T> wait() {
    return operation<T>{[from = from_.get()](typename operation<T>::completion done) mutable
                        -> unique_function<void()> {
      if (from == nullptr) {
        done(result<T>{detail::item_of<Item>(fail(errc::cancelled, "it was given up"))});
        return {};
      }
      from->next([then = std::move(done)](result<std::optional<std::string_view>> octets) mutable {
        then(result<T>{detail::item_of<Item>(std::move(octets))});
      });
      return [from] { from->stop_waiting(); };
    }};
  }

  std::unique_ptr<detail::incoming_stream> from_;
};

template <class Request, class Item>
stream<Item> service_handle::open(const stream_method<Request, Item>& which,
                                  argument<std::type_identity_t<Request>> request,
                                  stream_options options) const {
  return stream<Item>{node_->open(stream_of(std::string{which.name}, fingerprint_of(which),
                                            std::move(request).take(), options, which.traits))};
}

inline stream<encoded> service_handle::open_raw(std::string method, std::string body,
                                                stream_options options) const {
  return stream<encoded>{node_->open(stream_of(std::move(method), 0, std::move(body), options))};
}

}  // namespace kith
