// SPDX-License-Identifier: MPL-2.0

// docs/protocol-vectors.json against the code, both ways, and the pages docs/protocol.md and
// docs/discovery.md against the vectors.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <kith/contract.hpp>

#include "unit/protocol/envelope_json.hpp"

namespace {

namespace wire = kith::wire;
using protocol::from_hex;
using protocol::json;
using protocol::to_hex;

// The types that the vectors speak of.
enum class paint { red, green };
KITH_DESCRIBE_ENUM(paint, red, green)

struct part {
  std::string name;
  std::int32_t count = 0;
};
KITH_DESCRIBE(part, name, count)

struct sample {
  bool flag = false;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  double ratio = 0;
  std::string text;
  std::vector<std::byte> raw;
  std::vector<part> parts;
  std::map<std::string, std::uint64_t> counts;
  std::optional<std::string> note;
  ::paint paint{};
  std::int32_t priority = 5;
};
KITH_DESCRIBE(sample, flag, small, large, ratio, text, raw, parts, counts, note, paint, priority)
KITH_DEFAULTED(sample, priority)

struct tree {
  std::string label;
  std::vector<tree> children;
};
KITH_DESCRIBE(tree, label, children)

std::string text_of(const std::string& path) {
  std::ifstream in{std::string{KITH_SOURCE_DIR} + "/" + path, std::ios::binary};
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const json& vectors() {
  static const json all = json::parse(text_of("docs/protocol-vectors.json"));
  return all;
}

std::string octets_of(const json& vector) {
  return from_hex(vector.at("hex").get<std::string>());
}

std::string encoded(const json& vector, std::string packet) {
  for (const auto& envelope : vector.at("envelopes")) {
    protocol::append_from(packet, envelope);
  }
  return packet;
}

void expect_decodes(const json& vector, std::string_view envelopes) {
  const auto decoded = protocol::decode_packet(envelopes);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(*decoded, vector.at("envelopes"));
}

bool decode_only(const json& vector) {
  return vector.value("decode_only", false);
}

std::string described(kith::errc code) {
  return std::string{kith::name_of(code)};
}

TEST(ProtocolVectors, PacketsDecodeToWhatTheySay) {
  for (const auto& vector : vectors().at("packets")) {
    SCOPED_TRACE(vector.at("name"));
    expect_decodes(vector, octets_of(vector));
  }
}

TEST(ProtocolVectors, PacketsEncodeToTheSameOctets) {
  for (const auto& vector : vectors().at("packets")) {
    SCOPED_TRACE(vector.at("name"));
    if (!decode_only(vector)) {
      EXPECT_EQ(to_hex(encoded(vector, {})), vector.at("hex"));
    }
  }
}

TEST(ProtocolVectors, EventPacketsHoldBothWays) {
  const wire::limits bounds;
  for (const auto& vector : vectors().at("event_packets")) {
    SCOPED_TRACE(vector.at("name"));
    const auto packet = octets_of(vector);
    const auto split = wire::split_topic(packet, bounds);
    ASSERT_TRUE(split) << split.error().to_string();
    EXPECT_EQ(split->topic, vector.at("topic"));
    expect_decodes(vector, split->envelopes);
    EXPECT_EQ(to_hex(encoded(vector, vector.at("topic").get<std::string>() + '\0')),
              vector.at("hex"));
  }
}

TEST(ProtocolVectors, RefusedPacketsAreRefusedAsTheySay) {
  const wire::limits bounds;
  for (const auto& vector : vectors().at("refused")) {
    SCOPED_TRACE(vector.at("name"));
    const auto packet = octets_of(vector);
    if (vector.at("layer") == "event") {
      const auto split = wire::split_topic(packet, bounds);
      ASSERT_FALSE(split);
      EXPECT_EQ(described(split.error().what()), vector.at("error"));
      continue;
    }
    const auto decoded = protocol::decode_packet(packet);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(described(decoded.error().what()), vector.at("error"));
    if (vector.contains("where")) {
      EXPECT_EQ(decoded.error().where, vector.at("where"));
    }
  }
}

TEST(ProtocolVectors, EveryKindHasAVector) {
  std::set<std::string> kinds;
  for (const auto* list : {"packets", "event_packets"}) {
    for (const auto& vector : vectors().at(list)) {
      for (const auto& envelope : vector.at("envelopes")) {
        kinds.insert(envelope.at("kind").get<std::string>());
      }
    }
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"hello", "welcome", "refuse", "ping", "pong", "request",
                                          "reply", "error", "cancel", "credit", "item", "event",
                                          "heads", "goodbye", "unknown"}));
}

TEST(ProtocolVectors, BeaconsHoldBothWays) {
  for (const auto& vector : vectors().at("beacons")) {
    SCOPED_TRACE(vector.at("name"));
    const auto octets = from_hex(vector.at("hex").get<std::string>());
    const auto decoded = kith::discovery::decode(octets);
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(protocol::to_json(*decoded), vector.at("decoded"));
    const auto again = kith::discovery::encode(protocol::beacon_from(vector.at("decoded")));
    ASSERT_TRUE(again);
    EXPECT_EQ(to_hex(*again), vector.at("hex"));
  }
}

TEST(ProtocolVectors, RefusedBeaconsAreRefusedAsTheySay) {
  for (const auto& vector : vectors().at("refused_beacons")) {
    SCOPED_TRACE(vector.at("name"));
    const auto decoded = kith::discovery::decode(from_hex(vector.at("hex").get<std::string>()));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(described(decoded.error().what()), vector.at("error"));
  }
}

template <class T>
void expect_value(const json& vector) {
  const auto octets = from_hex(vector.at("hex").get<std::string>());
  const auto decoded = kith::decode<T>(octets);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  const auto again = kith::encode(*decoded);
  const auto text = kith::msgpack_to_json(again);
  ASSERT_TRUE(text);
  EXPECT_EQ(json::parse(*text), vector.at("value"));
  if (!decode_only(vector)) {
    EXPECT_EQ(to_hex(again), vector.at("hex"));
  }
}

TEST(ProtocolVectors, ValuesHoldBothWays) {
  for (const auto& vector : vectors().at("values")) {
    SCOPED_TRACE(vector.at("name"));
    vector.at("type") == "part" ? expect_value<part>(vector) : expect_value<sample>(vector);
  }
}

TEST(ProtocolVectors, RefusedValuesNameTheField) {
  for (const auto& vector : vectors().at("refused_values")) {
    SCOPED_TRACE(vector.at("name"));
    const auto decoded = kith::decode<sample>(from_hex(vector.at("hex").get<std::string>()));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().what(), kith::errc::bad_payload);
    EXPECT_EQ(decoded.error().where, vector.at("where"));
  }
}

std::uint64_t number_of(const json& digits) {
  return std::stoull(digits.get<std::string>(), nullptr, 16);
}

TEST(ProtocolVectors, FingerprintsAreOfTheirCanonicalTexts) {
  const std::map<std::string, std::uint64_t> known{
      {"nothing", kith::fingerprint_of<kith::nothing>()},
      {"part", kith::fingerprint_of<part>()},
      {"sample", kith::fingerprint_of<sample>()},
      {"tree", kith::fingerprint_of<tree>()}};
  for (const auto& vector : vectors().at("fingerprints")) {
    SCOPED_TRACE(vector.at("type"));
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char octet : vector.at("canonical").get<std::string>()) {
      hash = (hash ^ static_cast<unsigned char>(octet)) * 0x100000001b3ULL;
    }
    EXPECT_EQ(hash, number_of(vector.at("fingerprint")));
    EXPECT_EQ(known.at(vector.at("type")), number_of(vector.at("fingerprint")));
  }
  const kith::method<part, sample> method{"sample.make"};
  EXPECT_EQ(kith::fingerprint_of(method),
            number_of(vectors().at("method_fingerprint").at("fingerprint")));
  const kith::stream_method<part, sample> streaming{"sample.watch"};
  EXPECT_EQ(kith::fingerprint_of(streaming),
            number_of(vectors().at("stream_fingerprint").at("fingerprint")));
}

/// The octets of each block "```hex NAME" of the pages; what follows a ';' is for the reader.
std::map<std::string, std::string> dumps_of(const std::string& pages) {
  constexpr std::string_view fence = "```hex ";
  std::map<std::string, std::string> dumps;
  std::istringstream lines{pages};
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(fence)) {
      name = line.substr(fence.size());
      EXPECT_TRUE(dumps.emplace(name, "").second) << name << " stands there twice";
    } else if (line.starts_with("```")) {
      name.clear();
    } else if (!name.empty()) {
      dumps[name] += to_hex(from_hex(line.substr(0, line.find(';'))));
    }
  }
  return dumps;
}

TEST(ProtocolPage, ShowsTheOctetsOfTheVectors) {
  std::map<std::string, std::string> known;
  for (const auto* list :
       {"packets", "event_packets", "beacons", "values", "certificates", "requests"}) {
    for (const auto& vector : vectors().at(list)) {
      known[vector.at("name")] = vector.at("hex");
    }
  }
  const auto dumps = dumps_of(text_of("docs/protocol.md") + text_of("docs/calls-and-events.md") +
                              text_of("docs/discovery.md") + text_of("docs/certificates.md"));
  for (const auto& [name, octets] : dumps) {
    EXPECT_TRUE(known.contains(name)) << "no vector is called " << name;
    EXPECT_EQ(octets, known[name]) << name;
  }
  for (const auto* shown :
       {"hello", "welcome", "refuse", "ping", "pong", "request", "reply", "error", "cancel",
        "event", "heads_of_an_idle_topic", "heads_on_a_nonce", "goodbye", "batch", "beacon",
        "sample", "certificate", "certificate_request"}) {
    EXPECT_TRUE(dumps.contains(shown)) << shown << " is not shown";
  }
}

TEST(ProtocolPage, NamesEveryErrorWithItsNumber) {
  const auto page = text_of("docs/calls-and-events.md");
  for (int number = 1; number < 100; ++number) {
    const auto name = kith::name_of(static_cast<kith::errc>(number));
    if (name != "unknown") {
      const auto row = "| " + std::to_string(number) + " | `" + std::string{name} + "` |";
      EXPECT_NE(page.find(row), std::string::npos) << row;
    }
  }
}

TEST(ProtocolPage, GivesTheExampleItsFingerprint) {
  const auto page = text_of("docs/protocol.md");
  for (const auto& vector : vectors().at("fingerprints")) {
    if (vector.at("type") == "part") {
      EXPECT_NE(page.find(vector.at("fingerprint").get<std::string>()), std::string::npos);
    }
  }
}

}  // namespace
