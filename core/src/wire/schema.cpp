// SPDX-License-Identifier: MPL-2.0

// Contracts as data: their texts, their schemas and their fingerprints.

#include <algorithm>
#include <map>
#include <set>

#include <kith/contract.hpp>

#include "base/fnv.hpp"

namespace kith::detail {
namespace {

/// The text of a type, in which `name_of` gives the names of structs and enums.
template <class Naming>
std::string text_of(const type_info& type, Naming&& name_of) {
  switch (type.shape) {
    case type_shape::list: return "list<" + text_of(type.element(), name_of) + ">";
    case type_shape::map: return "map<" + text_of(type.element(), name_of) + ">";
    case type_shape::optional: return "optional<" + text_of(type.element(), name_of) + ">";
    case type_shape::structure:
    case type_shape::enumeration: return name_of(type);
    default: return std::string{type.name};
  }
}

class schema_builder {
 public:
  type_schema build(const type_info& type) {
    schema_.type = mention(type);
    return std::move(schema_);
  }

 private:
  std::string mention(const type_info& type) {
    return text_of(type, [this](const type_info& named) { return name_of(named); });
  }

  std::string name_of(const type_info& type) {
    const auto known = names_.find(&type);
    if (known != names_.end()) {
      return known->second;
    }
    std::string name{type.name};
    for (int n = 2; !taken_.insert(name).second; ++n) {
      name = std::string{type.name} + '_' + std::to_string(n);
    }
    names_.emplace(&type, name);
    add(name, type);
    return name;
  }

  void add(const std::string& name, const type_info& type) {
    if (type.shape == type_shape::enumeration) {
      auto& added = schema_.enums.emplace_back(enum_schema{name, {}});
      for (const auto& enumerator : type.enumerators) {
        added.enumerators.emplace_back(enumerator.name);
      }
      return;
    }
    // Its place is taken first; what its fields mention comes after it.
    const auto place = schema_.structs.size();
    schema_.structs.push_back({name, {}});
    for (const auto& field : type.fields) {
      auto text = mention(field.type());
      schema_.structs[place].fields.push_back(
          {std::string{field.name}, std::move(text), field.required});
    }
  }

  type_schema schema_;
  std::map<const type_info*, std::string> names_;
  std::set<std::string> taken_;
};

/// "{id:string;lines:list<{quantity:int32;}>;}": required fields by name. A struct inside itself
/// is "^n", n structs further out.
class canonical_text {
 public:
  std::string of(const type_info& type) {
    return text_of(type, [this](const type_info& named) { return spell(named); });
  }

 private:
  std::string spell(const type_info& type) {
    if (type.shape == type_shape::enumeration) {
      return "enum";
    }
    const auto open = std::find(open_.rbegin(), open_.rend(), &type);
    if (open != open_.rend()) {
      return '^' + std::to_string(open - open_.rbegin() + 1);
    }
    open_.push_back(&type);
    std::map<std::string_view, std::string> required;
    for (const auto& field : type.fields) {
      if (field.required) {
        required.emplace(field.name, of(field.type()));
      }
    }
    open_.pop_back();
    std::string text = "{";
    for (const auto& [name, spelled] : required) {
      text += std::string{name} + ':' + spelled + ';';
    }
    return text + '}';
  }

  std::vector<const type_info*> open_;
};

}  // namespace

std::string type_text(const type_info& type) {
  return text_of(type, [](const type_info& named) { return std::string{named.name}; });
}

type_schema schema(const type_info& type) {
  return schema_builder{}.build(type);
}

std::uint64_t fingerprint(const type_info& type) {
  return fnv1a_of(canonical_text{}.of(type));
}

std::uint64_t combine(std::uint64_t first, std::uint64_t second) noexcept {
  std::string octets;
  for (const auto one : {first, second}) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      octets += static_cast<char>(one >> static_cast<unsigned>(shift) & 0xffU);
    }
  }
  return fnv1a_of(octets);
}

}  // namespace kith::detail
