// SPDX-License-Identifier: MPL-2.0

// kawanet/msgpack-test-suite: 85 values in 233 encodings. Each must be accepted and give the value;
// what JSON lacks is compared in the form that <kith/contract.hpp> documents.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>

#include <kith/contract.hpp>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

std::string from_hex(const std::string& digits) {
  std::string octets;
  for (std::size_t i = 0; i < digits.size(); i += 3) {  // "81-a1-61"
    octets += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return octets;
}

std::string from_base64(const std::string& text) {
  const auto octets = kith::json_to_msgpack(R"({"$bin":")" + text + "\"}");
  const auto back = octets ? kith::decode<std::vector<std::byte>>(*octets)
                           : kith::result<std::vector<std::byte>>{};
  return {reinterpret_cast<const char*>(back->data()), back->size()};
}

/// An integer of 64 bits stands in a string, because JSON libraries lose its bits.
bool same_big_number(const std::string& digits, const json& value) {
  if (value.is_number_float()) {
    return std::stod(digits) == value.get<double>();
  }
  return value.is_number_integer() && value.dump() == digits;
}

bool same(const json& vector, const json& value) {
  if (vector.contains("bignum")) {
    return same_big_number(vector["bignum"], value);
  }
  if (vector.contains("binary")) {
    return from_base64(value.at("$bin")) == from_hex(vector["binary"]);
  }
  if (vector.contains("ext")) {
    return value.at("$ext")[0] == vector["ext"][0] &&
           from_base64(value.at("$ext")[1]) == from_hex(vector["ext"][1]);
  }
  if (vector.contains("timestamp")) {
    return value.at("$time") == vector["timestamp"];
  }
  for (const auto* plain : {"nil", "bool", "number", "string", "array", "map"}) {
    if (vector.contains(plain)) {
      return vector[plain] == value;  // 1 and 1.0 are equal here
    }
  }
  return false;
}

json suite() {
  std::ifstream file{KITH_TEST_DATA "/msgpack/msgpack-test-suite.json"};
  return json::parse(file);
}

TEST(MsgpackSuite, EveryEncodingGivesItsValue) {
  int encodings = 0;
  const auto groups = suite();
  for (const auto& [group, vectors] : groups.items()) {
    for (const auto& vector : vectors) {
      for (const std::string hex : vector["msgpack"]) {
        ++encodings;
        const auto text = kith::msgpack_to_json(from_hex(hex));
        ASSERT_TRUE(text) << group << ' ' << hex << ": " << text.error().to_string();
        EXPECT_TRUE(same(vector, json::parse(*text))) << group << ' ' << hex << " gave " << *text;
      }
    }
  }
  EXPECT_EQ(encodings, 233);
}

TEST(MsgpackSuite, EveryValueIsPackedAsOneOfItsEncodings) {
  const auto groups = suite();
  for (const auto& [group, vectors] : groups.items()) {
    for (const auto& vector : vectors) {
      const auto& encodings = vector["msgpack"];
      const auto text = kith::msgpack_to_json(from_hex(encodings[0]));
      ASSERT_TRUE(text) << group;
      const auto octets = kith::json_to_msgpack(*text);
      ASSERT_TRUE(octets) << group << ' ' << *text << octets.error().to_string();
      bool found = false;
      for (const std::string hex : encodings) {
        found = found || from_hex(hex) == *octets;
      }
      EXPECT_TRUE(found) << group << ' ' << *text;
    }
  }
}

/// Numbers and texts through the typed reader too, which is other code.
TEST(MsgpackSuite, TypedFieldsReadEveryEncodingOfTheirType) {
  const auto groups = suite();
  for (const auto& [group, vectors] : groups.items()) {
    for (const auto& vector : vectors) {
      for (const std::string hex : vector["msgpack"]) {
        const auto octets = from_hex(hex);
        if (vector.contains("string")) {
          EXPECT_EQ(kith::decode<std::string>(octets).value_or("?"), vector["string"]) << hex;
        } else if (vector.contains("bool")) {
          EXPECT_EQ(kith::decode<bool>(octets).value_or(!vector["bool"]), vector["bool"]) << hex;
        } else if (vector.contains("binary")) {
          EXPECT_EQ(kith::decode<std::vector<std::byte>>(octets).value().size(),
                    from_hex(vector["binary"]).size());
        } else if (vector.contains("number") && !vector.contains("bignum")) {
          EXPECT_EQ(kith::decode<double>(octets).value_or(-0.125), vector["number"]) << hex;
        }
      }
    }
  }
}

}  // namespace
