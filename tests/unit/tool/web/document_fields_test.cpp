// SPDX-License-Identifier: MPL-2.0
// The fields of what the page of `kith web` reads are written down in tests/web/documents.json:
// what is made here has them, and what tests/web serves to the page of a domain that it makes up,
// too.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "kith/tap/trace_tree.hpp"
#include "kith/web/map_document.hpp"
#include "kith/web/recent_calls.hpp"

namespace kith::tool {
namespace {

/// A member for each struct: its fields with their types.
template <class... Documents>
std::string fields_of() {
  std::vector<struct_schema> known;
  const auto add = [&known](const type_schema& all) {
    for (const auto& one : all.structs) {
      if (std::find(known.begin(), known.end(), one) == known.end()) {
        known.push_back(one);
      }
    }
  };
  (add(schema_of<Documents>()), ...);
  std::string text;
  for (const auto& one : known) {
    text += (text.empty() ? "{\n  \"" : ",\n  \"") + one.name + "\": {";
    for (const auto& field : one.fields) {
      text += (&field == &one.fields.front() ? "\n    \"" : ",\n    \"") + field.name + "\": \"" +
              field.type + "\"";
    }
    text += "\n  }";
  }
  return text + "\n}\n";
}

TEST(WebDocuments, HaveTheFieldsThatArePromisedToThePage) {
  std::ifstream in{KITH_SOURCE_DIR "/tests/web/documents.json"};
  const std::string promised{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
  const auto made = fields_of<map_document, recent_call, trace_step>();
  EXPECT_EQ(promised, made) << "change tests/web/documents.json, what tests/web makes up, and what "
                               "the page reads";
}

}  // namespace
}  // namespace kith::tool
