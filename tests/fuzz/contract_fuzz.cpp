// SPDX-License-Identifier: MPL-2.0
// Any octets as a body: for a contract with every kind of field, and as JSON there and back.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/contract.hpp>

namespace fuzz {

enum class colour { red, green };
KITH_DESCRIBE_ENUM(colour, red, green)

struct part {
  std::string name;
  std::int8_t small = 0;
  std::uint64_t large = 0;
};
KITH_DESCRIBE(part, name, small, large)
KITH_DEFAULTED(part, large)

struct whole {
  bool yes = false;
  double number = 0;
  float rough = 0;
  std::vector<std::byte> octets;
  std::vector<part> parts;
  std::map<std::string, std::vector<std::int32_t>> table;
  std::optional<part> maybe;
  colour paint{};
};
KITH_DESCRIBE(whole, yes, number, rough, octets, parts, table, maybe, paint)

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  if (const auto value = kith::decode<fuzz::whole>(octets)) {
    const auto written = kith::encode(*value);
    const auto again = kith::decode<fuzz::whole>(written);
    if (!again || kith::encode(*again) != written) {
      std::abort();
    }
  }
  static_cast<void>(kith::decode<kith::method_schema>(octets));
  if (const auto json = kith::msgpack_to_json(octets)) {
    static_cast<void>(kith::json_to_msgpack(*json));
  }
  static_cast<void>(kith::json_to_msgpack(octets));
  return 0;
}
