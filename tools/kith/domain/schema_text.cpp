// SPDX-License-Identifier: MPL-2.0
#include "kith/domain/schema_text.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "kith/base/table.hpp"
#include "security/rights.hpp"

namespace kith::tool {
namespace {

std::string text_of(const struct_schema& of) {
  if (of.fields.empty()) {
    return " {}\n";
  }
  std::size_t width = 0;
  for (const auto& field : of.fields) {
    width = std::max(width, columns_of(field.name) + (field.required ? 1 : 2));
  }
  std::string out = " {\n";
  for (const auto& field : of.fields) {
    std::string name = field.name + (field.required ? ":" : "?:");
    name.resize(name.size() + width - columns_of(name), ' ');
    out += "  " + name + " " + field.type + "\n";
  }
  return out + "}\n";
}

std::string text_of(const enum_schema& of) {
  std::string out = " { ";
  for (const auto& name : of.enumerators) {
    out += (&name == &of.enumerators.front() ? "" : ", ") + name;
  }
  return out + " }\n";
}

/// The types of all methods and topics, each definition once, in the order of first mention.
class type_list {
 public:
  void add(const type_schema& type, const std::string& whose) {
    for (const auto& one : type.structs) {
      add("struct", one.name, text_of(one), whose);
    }
    for (const auto& one : type.enums) {
      add("enum", one.name, text_of(one), whose);
    }
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void add(const std::string& what, const std::string& name, const std::string& definition,
           const std::string& whose) {
    auto& known = definitions_[name];
    if (std::find(known.begin(), known.end(), definition) != known.end()) {
      return;
    }
    text_ += '\n';
    if (!known.empty()) {
      text_ += "// another " + name + ", of " + whose + "\n";
    }
    text_ += what + " " + name + definition;
    known.push_back(definition);
  }

  std::map<std::string, std::vector<std::string>> definitions_;
  std::string text_;
};

std::string aligned(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::size_t width = 0;
  for (const auto& [line, remark] : lines) {
    width = std::max(width, columns_of(line));
  }
  std::string out;
  for (const auto& [line, remark] : lines) {
    out += line;
    if (!remark.empty()) {
      out += std::string(width - columns_of(line) + 4, ' ') + remark;
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string schema_text(const node_info& node, bool reserved) {
  std::vector<std::pair<std::string, std::string>> lines;
  type_list types;
  for (const auto& method : node.methods) {
    if (reserved || !is_reserved(method.name)) {
      lines.emplace_back("method " + method.name + "(" + method.request.type + ") -> " +
                             (method.streams ? "stream of " : "") + method.reply.type,
                         method.idempotent ? "idempotent" : "");
      types.add(method.request, method.name);
      types.add(method.reply, method.name);
    }
  }
  for (const auto& topic : node.topics) {
    lines.emplace_back("topic  " + topic.name + ": " + topic.type.type, "");
    types.add(topic.type, topic.name);
  }
  return printable(aligned(lines) + types.text(), true);
}

}  // namespace kith::tool
