// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "security/armour.hpp"
#include "support/test_trust.hpp"

namespace kith {
namespace {

using namespace test;

class TrustDirectory : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "kith-trust-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    path = name;
    const auto root = security::encode(domain.root()).value();
    put("root.pub", security::root_label, root);
    put_keys("order.keys", "order", 'a');
  }
  void TearDown() override { std::filesystem::remove_all(path); }

  void put_text(const std::string& file, std::string_view text, mode_t mode) {
    std::ofstream{path + "/" + file, std::ios::binary} << text;
    ASSERT_EQ(::chmod((path + "/" + file).c_str(), mode), 0);
  }
  void put(const std::string& file, std::string_view label, byte_view octets, mode_t mode = 0644) {
    put_text(file, security::to_armour(label, octets).view(), mode);
  }
  void put_keys(const std::string& file, const std::string& service, char octet,
                mode_t mode = 0600) {
    const auto octets = security::encode(trust_domain::keys(service, octet)).value();
    put(file, security::service_keys_label, octets.view(), mode);
  }
  bytes paper(const std::string& service, char octet) {
    return domain.sign(domain.certificate(service, octet, {}));
  }

  trust_domain domain;
  std::string path;
};

TEST_F(TrustDirectory, IsReadWholeAndThenWhatHasChanged) {
  put("order.cert", security::certificate_label, paper("order", 'a'));
  put("payment.cert", security::certificate_label, paper("payment", 'c'));
  put("revoked.list", security::revocation_label, domain.revoke({}));
  put_text("order.req", "whatever", 0644);
  trust_directory reader{path, "order"};
  const auto first = reader.read();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->root, domain.root());
  ASSERT_EQ(first->keys.size(), 1U);
  EXPECT_EQ(first->keys[0].service(), "order");
  EXPECT_EQ(first->certificates.size(), 2U);
  EXPECT_EQ(first->revocations.size(), 1U);
  EXPECT_TRUE(first->flaws.empty());

  const auto second = reader.read();
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->root);
  EXPECT_TRUE(second->keys.empty());
  EXPECT_TRUE(second->certificates.empty());
  EXPECT_TRUE(second->revocations.empty());

  put("stock.cert", security::certificate_label, paper("stock", 's'));
  const auto third = reader.read();
  ASSERT_TRUE(third);
  ASSERT_EQ(third->certificates.size(), 1U);
  EXPECT_EQ(third->certificates[0].path, path + "/stock.cert");
}

TEST_F(TrustDirectory, SaysWhatIsWrongWithAFileAsLongAsItIs) {
  put_keys("order.keys", "order", 'a', 0640);
  put_text("a.cert", "nothing of ours", 0644);
  put("b.cert", security::revocation_label, domain.revoke({}));
  put("c.cert", security::certificate_label, paper("order", 'a'), 0666);
  trust_directory reader{path, "order"};
  const char* const says[] = {"/a.cert: ", "/b.cert: a KITH CERTIFICATE is wanted",
                              "/c.cert: others may write to it (mode 0666): chmod go-w ",
                              "/order.keys: others may read it (mode 0640): chmod 600 "};
  for (int round = 0; round < 2; ++round) {
    const auto now = reader.read();
    ASSERT_TRUE(now);
    EXPECT_TRUE(now->keys.empty());
    EXPECT_TRUE(now->certificates.empty());
    ASSERT_EQ(now->flaws.size(), std::size(says));
    for (std::size_t i = 0; i < std::size(says); ++i) {
      EXPECT_NE(now->flaws[i].find(says[i]), std::string::npos) << now->flaws[i];
    }
  }
  put("a.cert", security::certificate_label, paper("stock", 's'));
  EXPECT_EQ(reader.read()->flaws.size(), std::size(says) - 1);
}

TEST_F(TrustDirectory, HasTheKeysOfWhoReadsIt) {
  trust_directory only{path, ""};
  EXPECT_EQ(only.read()->keys.at(0).service(), "order");
  put_keys("operator.keys", "operator", 'o');
  trust_directory any{path, ""};
  const auto several = any.read();
  ASSERT_FALSE(several);
  EXPECT_NE(several.error().message.find("--trust-as NAME"), std::string::npos);
  trust_directory named{path, "operator"};
  EXPECT_EQ(named.read()->keys.at(0).service(), "operator");
  put_keys("stock.keys", "order", 'a');
  trust_directory wrong{path, "stock"};
  EXPECT_TRUE(wrong.read()->keys.empty());
  EXPECT_NE(wrong.read()->flaws.at(0).find("the keys of order, not of stock"), std::string::npos);
  std::filesystem::remove(path + "/order.keys");
  std::filesystem::remove(path + "/operator.keys");
  std::filesystem::remove(path + "/stock.keys");
  trust_directory none{path, ""};
  EXPECT_NE(none.read().error().message.find("kith trust request NAME"), std::string::npos);
}

TEST_F(TrustDirectory, ThatOthersMayWriteToIsNotBelieved) {
  ASSERT_EQ(::chmod(path.c_str(), 0777), 0);
  trust_directory reader{path, "order"};
  const auto now = reader.read();
  ASSERT_FALSE(now);
  EXPECT_NE(now.error().message.find("others may write to it (mode 0777): chmod go-w "),
            std::string::npos);
  trust_directory missing{path + "/none", "order"};
  EXPECT_NE(missing.read().error().message.find("cannot read it"), std::string::npos);
}

TEST_F(TrustDirectory, KeepsARevocationListInThePlaceOfAnOlderOneOnly) {
  trust_directory reader{path, "order"};
  const auto first = domain.revoke({});
  const auto second = domain.revoke({});
  const auto always = [](byte_view) { return true; };
  const auto never = [](byte_view) { return false; };
  const auto kept = [&] {
    auto now = reader.read();
    return now && now->revocations.size() == 1 ? now->revocations[0].octets : bytes{};
  };
  EXPECT_TRUE(reader.keep_revocations(first, never).value()) << "there was none";
  EXPECT_EQ(kept(), first);
  struct stat found {};
  ASSERT_EQ(::stat((path + "/revoked.list").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0644U);
  bytes present;
  EXPECT_TRUE(reader
                  .keep_revocations(second,
                                    [&](byte_view there) {
                                      present = there;
                                      return true;
                                    })
                  .value());
  EXPECT_EQ(present, first);
  EXPECT_EQ(kept(), second);
  EXPECT_TRUE(reader.keep_revocations(first, never).value()) << "a newer one is there";
  EXPECT_EQ(trust_directory(path, "order").read()->revocations.at(0).octets, second);

  put_text("revoked.list", "half of a li", 0644);
  EXPECT_TRUE(reader.keep_revocations(first, always).value());
  EXPECT_EQ(trust_directory(path, "order").read()->flaws.size(), 1U) << "it is left alone";
  EXPECT_FALSE(std::filesystem::exists(path + "/revoked.list.part"));
}

TEST_F(TrustDirectory, SaysWhenItCannotKeepARevocationList) {
  trust_directory reader{path, "order"};
  std::filesystem::create_directory(path + "/revoked.list." + std::to_string(::getpid()) + ".part");
  const auto done = reader.keep_revocations(domain.revoke({}), [](byte_view) { return true; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what(), errc::io_error);
  EXPECT_FALSE(std::filesystem::exists(path + "/revoked.list"));
}

}  // namespace
}  // namespace kith
