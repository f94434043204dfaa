// SPDX-License-Identifier: MPL-2.0
#include <kith/errors.hpp>

#include <array>
#include <utility>

namespace kith {
namespace {

struct code_fact {
  errc code;
  std::string_view name;
  condition what_to_do;
  std::string_view explanation;
};

constexpr std::array facts{
    code_fact{errc::no_instance, "no_instance", condition::disconnected,
              "no living instance offers it"},
    code_fact{errc::queue_full, "queue_full", condition::overloaded, "a queue was full"},
    code_fact{errc::deadline_exceeded, "deadline_exceeded", condition::disconnected,
              "the deadline passed"},
    code_fact{errc::cancelled, "cancelled", condition::failed, "cancelled by the caller"},
    code_fact{errc::peer_lost, "peer_lost", condition::disconnected, "the link to the peer broke"},
    code_fact{errc::unroutable, "unroutable", condition::disconnected, "no route to the peer"},
    code_fact{errc::shutting_down, "shutting_down", condition::disconnected, "shutting down"},
    code_fact{errc::overloaded, "overloaded", condition::overloaded, "overloaded"},
    code_fact{errc::breaker_open, "breaker_open", condition::overloaded, "breakers are open"},
    code_fact{errc::malformed, "malformed", condition::failed, "not a valid kith/1 message"},
    code_fact{errc::too_large, "too_large", condition::failed, "over a limit"},
    code_fact{errc::unsupported_version, "unsupported_version", condition::unimplemented,
              "no protocol version in common"},
    code_fact{errc::wrong_service, "wrong_service", condition::disconnected,
              "the peer is another service"},
    code_fact{errc::stale_incarnation, "stale_incarnation", condition::disconnected,
              "meant for an earlier life of the node"},
    code_fact{errc::contract_mismatch, "contract_mismatch", condition::unimplemented,
              "the contracts differ"},
    code_fact{errc::wrong_domain, "wrong_domain", condition::failed,
              "the peer is of another domain"},
    code_fact{errc::not_greeted, "not_greeted", condition::failed, "a message came before hello"},
    code_fact{errc::unknown_method, "unknown_method", condition::unimplemented, "unknown method"},
    code_fact{errc::bad_payload, "bad_payload", condition::failed, "the body breaks the contract"},
    code_fact{errc::handler_failed, "handler_failed", condition::broken, "the handler failed"},
    code_fact{errc::not_found, "not_found", condition::failed, "not found"},
    code_fact{errc::invalid_argument, "invalid_argument", condition::failed, "invalid argument"},
    code_fact{errc::already_exists, "already_exists", condition::failed, "exists, and differs"},
    code_fact{errc::failed_precondition, "failed_precondition", condition::failed,
              "forbidden in this state"},
    code_fact{errc::permission_denied, "permission_denied", condition::failed, "not allowed"},
    code_fact{errc::unimplemented, "unimplemented", condition::unimplemented, "not implemented"},
    code_fact{errc::bad_config, "bad_config", condition::failed, "a setting is wrong"},
    code_fact{errc::address_in_use, "address_in_use", condition::failed, "address in use"},
    code_fact{errc::insecure_address, "insecure_address", condition::failed,
              "not a loopback address, and no keys"},
    code_fact{errc::io_error, "io_error", condition::broken, "input/output error"},
    code_fact{errc::database_failed, "database_failed", condition::broken, "database error"},
    code_fact{errc::database_busy, "database_busy", condition::overloaded, "database locked"},
    code_fact{errc::overflow, "overflow", condition::failed, "arithmetic overflow"},
    code_fact{errc::log_regressed, "log_regressed", condition::broken,
              "the log is not the one that was read before"},
    code_fact{errc::gap_unrecoverable, "gap_unrecoverable", condition::failed,
              "events were retired before they were read"},
    code_fact{errc::database_refused, "database_refused", condition::failed,
              "the database refuses the statement"},
};

const code_fact* fact_of(int code) noexcept {
  for (const auto& fact : facts) {
    if (static_cast<int>(fact.code) == code) {
      return &fact;
    }
  }
  return nullptr;
}

class kith_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "kith"; }
  [[nodiscard]] std::string message(int code) const override {
    const auto* fact = fact_of(code);
    return fact != nullptr ? std::string{fact->explanation}
                           : "unknown error " + std::to_string(code);
  }
  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    const auto* fact = fact_of(code);
    return make_error_condition(fact != nullptr ? fact->what_to_do : condition::failed);
  }
};

class kith_condition_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "kith.condition"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<condition>(value)) {
      case condition::failed: return "failed";
      case condition::overloaded: return "overloaded";
      case condition::disconnected: return "disconnected";
      case condition::unimplemented: return "unimplemented";
      case condition::broken: return "broken";
    }
    return "unknown condition";
  }
};

std::string text_of(const error& reason) {
  return reason.message.empty() ? reason.code.message() : reason.message;
}

}  // namespace

const std::error_category& error_category() noexcept {
  static const kith_category category;
  return category;
}

const std::error_category& condition_category() noexcept {
  static const kith_condition_category category;
  return category;
}

std::string_view name_of(errc code) noexcept {
  const auto* fact = fact_of(static_cast<int>(code));
  return fact != nullptr ? fact->name : std::string_view{"unknown"};
}

std::string_view name_of(outcome value) noexcept {
  switch (value) {
    case outcome::not_sent: return "not_sent";
    case outcome::answered: return "answered";
    case outcome::outcome_unknown: return "outcome_unknown";
  }
  return "outcome_unknown";
}

std::string error::to_string() const {
  std::string text{code.category() == error_category() ? std::string{name_of(what())}
                                                       : code.message()};
  if (!where.empty()) {
    text += " at " + where;
  }
  text += ": " + text_of(*this);
  text += " (" + std::string{name_of(outcome)} + ")";
  return text;
}

failure::failure(kith::error reason)
    : std::system_error{reason.code, text_of(reason)}, reason_{std::move(reason)} {}

failure::failure(errc code, std::string message, std::string where)
    : failure{kith::error{code, std::move(message), kith::outcome::answered, std::move(where)}} {}

namespace detail {

error error_of_current_exception() {
  try {
    throw;
  } catch (const failure& known) {
    return known.reason();
  } catch (...) {
    return {errc::handler_failed, text_of_current_exception()};
  }
}

std::string text_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& other) {
    return other.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace detail

}  // namespace kith
