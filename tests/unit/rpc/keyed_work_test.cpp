// SPDX-License-Identifier: MPL-2.0
#include "rpc/keyed_work.hpp"

#include <gtest/gtest.h>

namespace kith::rpc {
namespace {

struct key_row {
  const char* name;
  std::string_view key;
  bool reserved;
  bool streams;
  bool is_work;
};

TEST(KeyedWork, IsWhatHasAKeyAndLeavesItToUs) {
  ledger::flow items;
  for (const auto& r : {key_row{"with a key", "k", false, false, true},
                        {"without", "", false, false, false},
                        {"of a reserved method", "k", true, false, false},
                        {"of a stream", "k", false, true, false}}) {
    registered_method which;
    which.method.schema.name = "payment.charge";
    which.reserved = r.reserved;
    which.items = r.streams ? &items : nullptr;
    const call_context context{{}, std::make_shared<const node_description>(), r.key, {}, nullptr};
    EXPECT_EQ(keyed_work::work_of(which, context).has_value(), r.is_work) << r.name;
  }
}

TEST(KeyedWork, BelongsToTheCallersServiceOrToACallerWithoutOne) {
  registered_method which;
  which.method.schema.name = "payment.charge";
  auto caller = std::make_shared<node_description>();
  caller->id = node_id{{1}};
  const call_context context{{}, caller, "k", {}, nullptr};
  EXPECT_EQ(*keyed_work::work_of(which, context),
            (repeated_calls::work{caller->id.to_string(), "payment.charge", "k"}));
  caller->service = "order";
  EXPECT_EQ(keyed_work::work_of(which, context)->caller, "order");
}

}  // namespace
}  // namespace kith::rpc
