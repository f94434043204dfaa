// SPDX-License-Identifier: MPL-2.0
#include "wire/redact.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <kith/contract.hpp>

namespace kith::wire {
namespace {

std::string redacted_json(std::string_view json, const std::vector<std::string>& fields) {
  const auto made = redact(json_to_msgpack(json).value(), fields, limits{});
  return made ? msgpack_to_json(*made).value() : made.error().message;
}

struct secretive {
  const char* before;
  const char* after;
  std::vector<std::string> fields;
};

// Apostrophes stand for quotation marks.
std::string json_of(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

TEST(Redact, HidesAFieldAtAnyDepthAndNothingElse) {
  for (const auto& one : {
           secretive{"{'id':'42','card':'4111'}", "{'id':'42','card':'(redacted)'}", {"card"}},
           secretive{"[{'a':{'card':{'number':[1,2,3],'cvc':7}}},'card']",
                     "[{'a':{'card':'(redacted)'}},'card']",
                     {"card"}},
           secretive{"{'cards':1,'token':null,'n':[1.5,-3]}",
                     "{'cards':1,'token':'(redacted)','n':[1.5,-3]}",
                     {"card", "token"}},
           secretive{"{'card':'4111'}", "{'card':'4111'}", {}},
       }) {
    EXPECT_EQ(redacted_json(json_of(one.before), one.fields), json_of(one.after));
  }
}

TEST(Redact, TakesAKeyThatIsNoText) {
  const bytes numbered{"\x81\x01\xc4\x02hi", 6};  // {1: two octets}
  EXPECT_EQ(redact(numbered, {"card"}, limits{}).value(), numbered);
}

TEST(Redact, RefusesWhatIsNotOneWholeValue) {
  const auto whole = json_to_msgpack(json_of("{'card':'4111'}")).value();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(redact(whole.substr(0, size), {"card"}, limits{})) << size;
  }
  EXPECT_FALSE(redact(whole + "x", {"card"}, limits{}));
  EXPECT_FALSE(redact(std::string(40, '\x91') + '\1', {"card"}, limits{}));
}

}  // namespace
}  // namespace kith::wire
