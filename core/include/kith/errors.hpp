// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What went wrong (`errc`), what a caller should do about it (`condition`), and whether the work
/// may have happened (`outcome`). Every failure that crosses kith's API carries the three of them.
///
/// Ask conditions, not codes, when you decide: `if (error.code == kith::condition::overloaded)`.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <kith/time.hpp>
#include <tl/expected.hpp>

namespace kith {

/// What happened. The values are part of the protocol (docs/protocol.md): never renumber them.
enum class errc : std::uint16_t {
  // 1-19: the request did not reach a handler, or its answer did not reach us.
  no_instance = 1,        ///< no living instance offers the service and method
  queue_full = 2,         ///< a bounded queue on the way was full
  deadline_exceeded = 3,  ///< the deadline passed
  cancelled = 4,          ///< the caller gave up, or its scope was closed
  peer_lost = 5,          ///< the link to the peer broke
  unroutable = 6,         ///< the transport has no route for that link
  shutting_down = 7,      ///< this node or the peer is draining
  overloaded = 8,         ///< the peer refused the work to protect itself
  breaker_open = 9,  ///< the instances that offer it failed too often: none is asked for a while

  // 20-39: the peers could not agree.
  malformed = 20,            ///< bytes that are not kith/1
  too_large = 21,            ///< over a documented limit
  unsupported_version = 22,  ///< no protocol version in common
  wrong_service = 23,        ///< the peer is not the service that was dialled
  stale_incarnation = 24,    ///< meant for an earlier life of this node
  contract_mismatch = 25,    ///< both know the method, with different required fields
  wrong_domain = 26,         ///< the peer belongs to another domain
  not_greeted = 27,          ///< a request came before hello

  // 40-59: the call was understood and answered with an error.
  unknown_method = 40,       ///< the service does not offer that method
  bad_payload = 41,          ///< the body does not fit the contract; `where` names the field
  handler_failed = 42,       ///< the handler threw something that is not a kith error
  not_found = 43,            ///< the thing asked for does not exist
  invalid_argument = 44,     ///< a value is out of its range; `where` names the field
  already_exists = 45,       ///< the thing to be made exists, and differs
  failed_precondition = 46,  ///< the thing is in a state that forbids it
  permission_denied = 47,    ///< the caller may not do that
  unimplemented = 48,        ///< known by name only

  // 60-79: local.
  bad_config = 60,        ///< a setting is wrong
  address_in_use = 61,    ///< another socket is bound there
  insecure_address = 62,  ///< not loopback, and no keys
  io_error = 63,          ///< the operating system said no
  database_failed = 64,   ///< the database cannot work: a full disk, a damaged file, a lost server
  database_busy = 65,     ///< the database stayed locked for too long
  overflow = 66,          ///< arithmetic left its range
  // 67, 68: of a durable log.
  log_regressed = 67,      ///< the log is not the one that was read before: a restored backup
  gap_unrecoverable = 68,  ///< events were retired before they were read; `where` is "from-to"
  database_refused = 69,   ///< the database works, and refuses this: a constraint, an SQL mistake
};

/// What a caller should do about it.
enum class condition : std::uint8_t {
  failed = 1,         ///< the answer is no; asking again changes nothing
  overloaded = 2,     ///< try again later, more slowly
  disconnected = 3,   ///< try another instance, if it is safe
  unimplemented = 4,  ///< that peer can never do it; another version may
  broken = 5,         ///< the peer failed at its own work; another instance may do better
};

/// Whether the work may have happened.
enum class outcome : std::uint8_t {
  not_sent = 0,         ///< it certainly did not happen: safe to retry
  answered = 1,         ///< the peer answered; the error is its answer
  outcome_unknown = 2,  ///< it may have happened: retry only what is idempotent
};

}  // namespace kith

template <>
struct std::is_error_code_enum<kith::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<kith::condition> : std::true_type {};

namespace kith {

const std::error_category& error_category() noexcept;
const std::error_category& condition_category() noexcept;

/// What the standard library finds `errc` by: `std::error_code{errc::not_found}`.
inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}
/// Likewise: `code == condition::overloaded`.
inline std::error_condition make_error_condition(condition c) noexcept {
  return {static_cast<int>(c), condition_category()};
}

/// The code's name as the protocol and the tools print it: "deadline_exceeded".
std::string_view name_of(errc code) noexcept;
/// Likewise: "outcome_unknown".
std::string_view name_of(outcome value) noexcept;

/// A failure as a value. `message` says what, where and what to do; `where` names the field or
/// setting at fault, or is empty.
struct error {
  std::error_code code{};
  kith::outcome outcome = kith::outcome::not_sent;
  std::string message;
  std::string where;
  /// With condition::overloaded: not to be asked again for so long. Zero: nothing was said. A
  /// handler may set it in what it throws; it travels in whole milliseconds, rounded up.
  duration retry_after{};

  error() = default;
  error(errc what, std::string text, kith::outcome certainty = kith::outcome::not_sent,
        std::string field = {})
      : code{what}, outcome{certainty}, message{std::move(text)}, where{std::move(field)} {}

  [[nodiscard]] errc what() const noexcept { return static_cast<errc>(code.value()); }
  /// "not_found: order 42 does not exist (answered)"
  [[nodiscard]] std::string to_string() const;
};

/// What pure code returns instead of throwing.
template <class T>
using result = tl::expected<T, error>;

/// For `return fail(...)` in a function that gives a result.
inline tl::unexpected<error> fail(errc code, std::string message,
                                  outcome certainty = outcome::not_sent, std::string where = {}) {
  return tl::make_unexpected(error{code, std::move(message), certainty, std::move(where)});
}

/// A failure as an exception: what a `co_await`ed call throws, and what a handler may throw. Thrown
/// by a handler, its code, message and `where` reach the caller with the outcome `answered`.
class failure : public std::system_error {
 public:
  explicit failure(kith::error reason);
  failure(errc code, std::string message, std::string where = {});

  [[nodiscard]] const kith::error& reason() const noexcept { return reason_; }
  [[nodiscard]] errc what_code() const noexcept { return reason_.what(); }
  [[nodiscard]] kith::outcome outcome() const noexcept { return reason_.outcome; }

 private:
  kith::error reason_;
};

/// Shorthands for what handlers throw most.
class not_found : public failure {
 public:
  explicit not_found(std::string message) : failure{errc::not_found, std::move(message)} {}
};
/// A value is out of its range: which field, and what it must be.
class invalid_argument : public failure {
 public:
  invalid_argument(std::string field, std::string message)
      : failure{errc::invalid_argument, std::move(message), std::move(field)} {}
};
/// The thing is in a state that forbids it.
class failed_precondition : public failure {
 public:
  explicit failed_precondition(std::string message)
      : failure{errc::failed_precondition, std::move(message)} {}
};

namespace detail {

/// For kith itself, within `catch (...)`: what was thrown, as an error. What is no `failure` is
/// `handler_failed`.
[[nodiscard]] error error_of_current_exception();
/// Likewise, in words, for a log.
[[nodiscard]] std::string text_of_current_exception();

}  // namespace detail

/// Text of others for a log or a terminal, which it must not drive: control characters become
/// "\x1b". Line breaks stay when `lines` is set.
[[nodiscard]] std::string printable(std::string_view text, bool lines = false);

}  // namespace kith
