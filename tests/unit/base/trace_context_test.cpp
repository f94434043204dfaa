// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <kith/identity.hpp>
#include <kith/task.hpp>

namespace kith {
namespace {

const std::string text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceContext, IsReadAndWrittenAsW3cSays) {
  const auto read = trace_context::from_string(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->trace_text(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(read->span_text(), "b7ad6b7169203331");
  EXPECT_TRUE(read->sampled);
  EXPECT_EQ(read->to_string(), text);
  EXPECT_EQ(trace_context{}.to_string(), "");
}

TEST(TraceContext, TakesALaterVersionForWhatItUnderstands) {
  const auto later = trace_context::from_string("cc" + text.substr(2) + "-what-is-new");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->to_string(), text);
  EXPECT_FALSE(trace_context::from_string(text.substr(0, 53) + "fe")->sampled);
}

TEST(TraceContext, RefusesWhatIsNone) {
  for (const auto& wrong : {
           std::string{},
           std::string{"00-1"},
           text + "-more",                                     // version 00 has no more
           "cc" + text.substr(2) + ".more",                    // no dash
           "ff" + text.substr(2),                              // no version
           "0G" + text.substr(2),                              // no digit
           text.substr(0, 3) + "A" + text.substr(4),           // upper case
           text.substr(0, 35) + "_" + text.substr(36),         // no dash
           "00-" + std::string(32, '0') + text.substr(35),     // no trace
           text.substr(0, 36) + std::string(16, '0') + "-01",  // no span
           text.substr(0, 54) + " ",
       }) {
    EXPECT_FALSE(trace_context::from_string(wrong)) << wrong;
  }
}

TEST(TraceContext, OfAThreadEndsWithItsScope) {
  const auto outer = *trace_context::from_string(text);
  auto inner = outer;
  inner.span[0] = 1;
  const trace_scope around{outer};
  {
    const trace_scope within{inner};
    EXPECT_EQ(current_trace(), inner);
  }
  EXPECT_EQ(current_trace(), outer);
}

}  // namespace
}  // namespace kith
