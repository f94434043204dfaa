// SPDX-License-Identifier: MPL-2.0

// The certificates, requests, revocation lists and roots of docs/protocol-vectors.json against the
// code, both ways. Another implementation made them: tests of one against itself prove little.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "security/revocation_list.hpp"
#include "security/service_keys.hpp"
#include "unit/protocol/envelope_json.hpp"

namespace {

using namespace kith::security;
using protocol::from_hex;
using protocol::json;
using protocol::to_hex;

const json& trust_vectors() {
  static const json all = [] {
    std::ifstream in{std::string{KITH_SOURCE_DIR} + "/docs/protocol-vectors.json"};
    return json::parse(in);
  }();
  return all;
}

std::string octets_at(const json& vector, const char* key) {
  return from_hex(vector.at(key).get<std::string>());
}

template <std::size_t Size>
std::array<unsigned char, Size> array_at(const json& vector, const char* key) {
  std::array<unsigned char, Size> made{};
  const auto octets = octets_at(vector, key);
  EXPECT_EQ(octets.size(), Size) << key;
  std::copy_n(octets.begin(), std::min(octets.size(), Size), made.begin());
  return made;
}

std::chrono::sys_seconds moment_at(const json& vector, const char* key) {
  return std::chrono::sys_seconds{std::chrono::seconds{vector.at(key).get<std::int64_t>()}};
}

const json& trust_keys() {
  return trust_vectors().at("trust_keys");
}

signing_key vector_root_key() {
  return signing_key{octets_at(trust_keys(), "root_seed")};
}

trust_root vector_root() {
  return {trust_keys().at("domain"), array_at<key_size>(trust_keys(), "root_key")};
}

certificate certificate_from(const json& d) {
  certificate made;
  made.serial = array_at<16>(d, "serial");
  made.not_before = moment_at(d, "not_before");
  made.not_after = moment_at(d, "not_after");
  made.curve_key = array_at<key_size>(d, "curve_key");
  made.beacon_key = array_at<key_size>(d, "beacon_key");
  made.domain = d.at("domain");
  made.service = d.at("service");
  made.provides = rights::of(d.at("provides"), "provides").value();
  made.calls = rights::of(d.at("calls"), "calls").value();
  made.publishes = rights::of(d.at("publishes"), "publishes").value();
  made.subscribes = rights::of(d.at("subscribes"), "subscribes").value();
  return made;
}

void expect_flaw(const flaw& why, const json& vector) {
  EXPECT_EQ(name_of(why.kind), vector.at("error")) << why.message;
  EXPECT_EQ(why.where, vector.at("where")) << why.message;
}

TEST(SecurityVectors, KeysAreOfTheirSeeds) {
  EXPECT_EQ(vector_root_key().public_half(), vector_root().key);
  const signing_key beacon{octets_at(trust_keys(), "beacon_seed")};
  EXPECT_EQ(beacon.public_half(), array_at<key_size>(trust_keys(), "beacon_key"));
  EXPECT_EQ(curve_public(octets_at(trust_keys(), "curve_secret")),
            array_at<key_size>(trust_keys(), "curve_key"));
}

TEST(SecurityVectors, CertificatesHoldBothWays) {
  for (const auto& vector : trust_vectors().at("certificates")) {
    SCOPED_TRACE(vector.at("name"));
    const auto expected = certificate_from(vector.at("decoded"));
    const auto read = check(octets_at(vector, "hex"), vector_root(), nullptr, expected.not_before);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, expected);
    EXPECT_EQ(read->calls.list(), vector.at("decoded").at("calls"));
    const auto again = sign(expected, vector_root_key());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(to_hex(*again), vector.at("hex"));
  }
}

TEST(SecurityVectors, RefusedCertificatesAreRefusedAsTheySay) {
  for (const auto& vector : trust_vectors().at("refused_certificates")) {
    SCOPED_TRACE(vector.at("name"));
    const auto read =
        check(octets_at(vector, "hex"), vector_root(), nullptr, moment_at(vector, "now"));
    ASSERT_FALSE(read);
    expect_flaw(read.error(), vector);
  }
}

TEST(SecurityVectors, RequestsHoldBothWays) {
  for (const auto& vector : trust_vectors().at("requests")) {
    SCOPED_TRACE(vector.at("name"));
    const auto& d = vector.at("decoded");
    const auto read = open_request(octets_at(vector, "hex"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, (certificate_request{array_at<key_size>(d, "beacon_key"),
                                          array_at<key_size>(d, "curve_key"),
                                          moment_at(d, "made_at"), d.at("service")}));
    const service_keys keys{read->service, octets_at(trust_keys(), "curve_secret"),
                            octets_at(trust_keys(), "beacon_seed")};
    EXPECT_EQ(to_hex(*sign_request(keys, read->made_at)), vector.at("hex"));
  }
}

TEST(SecurityVectors, RefusedRequestsAreRefusedAsTheySay) {
  for (const auto& vector : trust_vectors().at("refused_requests")) {
    SCOPED_TRACE(vector.at("name"));
    const auto read = open_request(octets_at(vector, "hex"));
    ASSERT_FALSE(read);
    expect_flaw(read.error(), vector);
  }
}

TEST(SecurityVectors, RevocationListsHoldBothWays) {
  for (const auto& vector : trust_vectors().at("revocation_lists")) {
    SCOPED_TRACE(vector.at("name"));
    const auto& d = vector.at("decoded");
    const auto read = open_revocation_list(octets_at(vector, "hex"), vector_root());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->number(), d.at("number").get<std::uint64_t>());
    EXPECT_EQ(read->made_at(), moment_at(d, "made_at"));
    EXPECT_EQ(read->domain(), d.at("domain"));
    json entries = json::array();
    for (const auto& one : read->entries()) {
      entries.push_back({to_hex(view_of(one.serial)), one.not_after.time_since_epoch().count()});
    }
    EXPECT_EQ(entries, d.at("entries"));
    EXPECT_EQ(to_hex(*sign(*read, vector_root_key())), vector.at("hex"));
  }
}

TEST(SecurityVectors, RefusedRevocationListsAreRefusedAsTheySay) {
  for (const auto& vector : trust_vectors().at("refused_revocation_lists")) {
    SCOPED_TRACE(vector.at("name"));
    const auto read = open_revocation_list(octets_at(vector, "hex"), vector_root());
    ASSERT_FALSE(read);
    expect_flaw(read.error(), vector);
  }
}

TEST(SecurityVectors, RootsHoldBothWays) {
  for (const auto& vector : trust_vectors().at("trust_roots")) {
    const auto read = decode_trust_root(octets_at(vector, "hex"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, vector_root());
    EXPECT_EQ(to_hex(*encode(*read)), vector.at("hex"));
  }
}

TEST(SecurityVectors, SealedRootsHoldBothWays) {
  for (const auto& vector : trust_vectors().at("sealed_roots")) {
    SCOPED_TRACE(vector.at("name"));
    const std::string passphrase = vector.at("passphrase");
    const auto opened = unseal_root(octets_at(vector, "hex"), passphrase);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->root, vector_root());
    EXPECT_EQ(to_hex(opened->key.seed()), vector.at("seed"));
    const auto again = seal_root(vector.at("domain"), vector_root_key(), passphrase,
                                 octets_at(vector, "salt") + octets_at(vector, "nonce"),
                                 {vector.at("passes"), vector.at("memory_kib")});
    ASSERT_TRUE(again);
    EXPECT_EQ(to_hex(*again), vector.at("hex"));
  }
}

}  // namespace
