// SPDX-License-Identifier: MPL-2.0
#include <kith/errors.hpp>

#include <gtest/gtest.h>

#include <set>

namespace kith {
namespace {

/// Every number that has a name.
std::set<int> named_codes() {
  std::set<int> codes;
  for (int code = 0; code < 1000; ++code) {
    if (name_of(static_cast<errc>(code)) != "unknown") {
      codes.insert(code);
    }
  }
  return codes;
}

TEST(Errors, EveryCodeHasItsOwnNameAndAnExplanation) {
  std::set<std::string_view> names;
  const auto codes = named_codes();
  EXPECT_EQ(codes.size(), 36U);
  for (const int code : codes) {
    EXPECT_TRUE(names.insert(name_of(static_cast<errc>(code))).second) << code;
    EXPECT_FALSE(error_category().message(code).empty());
  }
}

TEST(Errors, NumbersAreTheProtocols) {
  EXPECT_EQ(static_cast<int>(errc::no_instance), 1);
  EXPECT_EQ(static_cast<int>(errc::overloaded), 8);
  EXPECT_EQ(static_cast<int>(errc::malformed), 20);
  EXPECT_EQ(static_cast<int>(errc::unknown_method), 40);
  EXPECT_EQ(static_cast<int>(errc::overflow), 66);
}

TEST(Errors, AConditionSaysWhatToDo) {
  EXPECT_EQ(make_error_code(errc::queue_full), condition::overloaded);
  EXPECT_EQ(make_error_code(errc::breaker_open), condition::overloaded);
  EXPECT_EQ(make_error_code(errc::handler_failed), condition::broken);
  EXPECT_EQ(make_error_code(errc::overloaded), condition::overloaded);
  EXPECT_EQ(make_error_code(errc::peer_lost), condition::disconnected);
  EXPECT_EQ(make_error_code(errc::unknown_method), condition::unimplemented);
  EXPECT_EQ(make_error_code(errc::not_found), condition::failed);
  EXPECT_NE(make_error_code(errc::not_found), condition::overloaded);
  EXPECT_NE(make_error_code(errc::peer_lost), condition::failed);
}

TEST(Errors, AnUnknownNumberFromANewerPeerIsAFailure) {
  const std::error_code code{999, error_category()};
  EXPECT_EQ(code, condition::failed);
  EXPECT_EQ(code.message(), "unknown error 999");
  EXPECT_EQ(name_of(static_cast<errc>(999)), "unknown");
}

TEST(Errors, ConditionsHaveNames) {
  EXPECT_EQ(make_error_condition(condition::disconnected).message(), "disconnected");
  EXPECT_STREQ(condition_category().name(), "kith.condition");
  EXPECT_EQ(condition_category().message(77), "unknown condition");
}

TEST(Errors, TheTextSaysWhatWhereAndWhetherItMayHaveHappened) {
  const error e{errc::bad_payload, "it is no number", outcome::answered, "lines.price"};
  EXPECT_EQ(e.to_string(), "bad_payload at lines.price: it is no number (answered)");
  const error bare{errc::peer_lost, "", outcome::outcome_unknown};
  EXPECT_EQ(bare.to_string(), "peer_lost: the link to the peer broke (outcome_unknown)");
  EXPECT_EQ(bare.what(), errc::peer_lost);
}

TEST(Errors, AFailureCarriesTheError) {
  const failure f{error{errc::overloaded, "busy", outcome::not_sent}};
  EXPECT_EQ(f.what_code(), errc::overloaded);
  EXPECT_EQ(f.outcome(), outcome::not_sent);
  EXPECT_EQ(f.code(), condition::overloaded);
  EXPECT_NE(std::string{f.what()}.find("busy"), std::string::npos);
}

TEST(Errors, WhatAHandlerThrowsIsItsAnswer) {
  EXPECT_EQ(not_found{"no order 42"}.outcome(), outcome::answered);
  EXPECT_EQ(not_found{"no order 42"}.what_code(), errc::not_found);
  const invalid_argument wrong{"quantity", "it is negative"};
  EXPECT_EQ(wrong.reason().where, "quantity");
  EXPECT_EQ(wrong.what_code(), errc::invalid_argument);
  EXPECT_EQ(failed_precondition{"settled"}.what_code(), errc::failed_precondition);
}

TEST(Errors, WhateverIsThrownIsAnError) {
  const auto error_of = [](auto thrown) {
    try {
      throw thrown;
    } catch (...) {
      return std::pair{detail::error_of_current_exception(), detail::text_of_current_exception()};
    }
  };
  const auto [known, known_text] = error_of(not_found{"no order 42"});
  EXPECT_EQ(known.what(), errc::not_found);
  EXPECT_EQ(known.outcome, outcome::answered);
  EXPECT_TRUE(known_text.starts_with("no order 42")) << known_text;
  const auto [other, other_text] = error_of(std::runtime_error{"planted"});
  EXPECT_EQ(other.what(), errc::handler_failed);
  EXPECT_EQ(other.message, "planted");
  EXPECT_EQ(other_text, "planted");
  const auto [strange, strange_text] = error_of(42);
  EXPECT_EQ(strange.what(), errc::handler_failed);
  EXPECT_EQ(strange.message, strange_text);
  EXPECT_EQ(strange_text, "something that is no std::exception");
}

TEST(Errors, FailMakesAResult) {
  const result<int> r = fail(errc::not_found, "gone");
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().what(), errc::not_found);
  EXPECT_EQ(r.error().outcome, outcome::not_sent);
}

}  // namespace
}  // namespace kith
