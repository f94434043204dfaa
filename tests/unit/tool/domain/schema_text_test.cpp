// SPDX-License-Identifier: MPL-2.0
#include "kith/domain/schema_text.hpp"

#include <gtest/gtest.h>

namespace shop {

enum class state { placed, paid };
KITH_DESCRIBE_ENUM(state, placed, paid)
struct line {
  std::string stock_code;
  std::int64_t quantity = 0;
};
KITH_DESCRIBE(line, stock_code, quantity)
struct view {
  std::string id;
  state now{};
  std::optional<std::vector<line>> lines;
};
KITH_DESCRIBE(view, id, now, lines)
struct get {
  std::string id;
};
KITH_DESCRIBE(get, id)

}  // namespace shop

namespace other {

struct line {
  bool straight = false;
};
KITH_DESCRIBE(line, straight)

}  // namespace other

namespace kith::tool {
namespace {

node_info shop_node() {
  node_info node;
  node.methods.push_back(describe(method<shop::get, shop::view>{"shop.get", idempotent}));
  node.methods.push_back(describe(method<shop::view, nothing>{"shop.put_it_back"}));
  node.methods.push_back(describe(describe_node));
  node.topics.push_back(describe(topic<shop::view>{"shop.changed"}));
  return node;
}

TEST(SchemaText, ReadsLikeAnInterfaceDefinition) {
  EXPECT_EQ(schema_text(shop_node(), false),
            "method shop.get(get) -> view                idempotent\n"
            "method shop.put_it_back(view) -> nothing\n"
            "topic  shop.changed: view\n"
            "\n"
            "struct get {\n"
            "  id: string\n"
            "}\n"
            "\n"
            "struct view {\n"
            "  id:     string\n"
            "  now:    state\n"
            "  lines?: optional<list<line>>\n"
            "}\n"
            "\n"
            "struct line {\n"
            "  stock_code: string\n"
            "  quantity:   int64\n"
            "}\n"
            "\n"
            "enum state { placed, paid }\n"
            "\n"
            "struct nothing {}\n");
}

TEST(SchemaText, ShowsReservedMethodsWhenAsked) {
  EXPECT_EQ(schema_text(shop_node(), false).find("kith.describe"), std::string::npos);
  EXPECT_NE(schema_text(shop_node(), true).find("method kith.describe(nothing) -> node_info"),
            std::string::npos);
}

TEST(SchemaText, TellsTypesOfOneNameApart) {
  auto node = shop_node();
  node.topics.push_back(describe(topic<other::line>{"shop.drawn"}));
  EXPECT_NE(schema_text(node, false).find("// another line, of shop.drawn\nstruct line {\n"),
            std::string::npos);
}

TEST(SchemaText, DisarmsNamesThatWouldDriveTheTerminal) {
  node_info node;
  node.topics.push_back({"evil\x1b[2J", {"bool", {}, {}}, 0});
  EXPECT_EQ(schema_text(node, false), "topic  evil\\x1b[2J: bool\n");
}

}  // namespace
}  // namespace kith::tool
