// SPDX-License-Identifier: MPL-2.0
#include "node/token_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace kith {
namespace {

using testing::HasSubstr;
using testing::Not;

class AdminToken : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "kith-token-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  void put(const std::string& file, std::string_view text, mode_t mode = 0600) {
    std::ofstream{directory + "/" + file, std::ios::binary} << text;
    ASSERT_EQ(::chmod((directory + "/" + file).c_str(), mode), 0);
  }
  std::string complaint() const {
    const auto read = read_admin_token(settings);
    return read ? "none" : read.error().message;
  }

  config settings;
  std::string directory;
};

TEST_F(AdminToken, IsNobodysWithoutTrust) {
  const auto read = read_admin_token(settings);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, nullptr);
}

TEST_F(AdminToken, IsInTheTrustDirectoryOrWhereItIsSaid) {
  settings.trust = directory;
  put("admin.token", "fromTheTrustDirectory+/=\n");
  EXPECT_TRUE((*read_admin_token(settings))->is("fromTheTrustDirectory+/="));
  EXPECT_FALSE((*read_admin_token(settings))->is("fromTheTrustDirectory+/=\n"));
  put("another", "0123456789abcdef");
  settings.admin_token = directory + "/another";
  EXPECT_TRUE((*read_admin_token(settings))->is("0123456789abcdef"));
  settings.trust.clear();
  EXPECT_TRUE((*read_admin_token(settings))->is("0123456789abcdef"));
}

TEST_F(AdminToken, ThatIsNoneIsSaidWithTheCommandThatMakesOne) {
  settings.trust = directory;
  const auto path = directory + "/admin.token";
  EXPECT_THAT(complaint(), HasSubstr(path + ": cannot read it"));
  EXPECT_THAT(complaint(), HasSubstr("with trust"));
  EXPECT_THAT(complaint(), HasSubstr("head -c 24 /dev/urandom | base64 > '" + path + "'), or"));
  for (const auto* const wrong : {"", "\n", "0123456789abcde", "0123456789 abcdef",
                                  "0123456789abcdef\n0123456789abcdef", "0123456789abcd\xc3\xa4"}) {
    put("admin.token", wrong);
    EXPECT_THAT(complaint(), HasSubstr("a token is one line of 16 to 256")) << wrong;
    EXPECT_THAT(complaint(), HasSubstr("head -c 24")) << wrong;
    EXPECT_TRUE(*wrong == '\0' || *wrong == '\n' || complaint().find(wrong) == std::string::npos);
  }
}

TEST_F(AdminToken, ThatOthersMayHaveIsKeptAndGivenToTheNodesUser) {
  settings.trust = directory;
  const auto path = directory + "/admin.token";
  put("admin.token", "0123456789abcdef", 0640);
  EXPECT_THAT(complaint(), HasSubstr("others may read it (mode 0640)"));
  EXPECT_THAT(complaint(), HasSubstr("chown " + std::to_string(::geteuid()) + " '" + path +
                                     "' && chmod 600 '" + path + "'"));
  EXPECT_THAT(complaint(), Not(HasSubstr("/dev/urandom")));
  if (::geteuid() == 0) {
    put("admin.token", "0123456789abcdef");
    ASSERT_EQ(::chown(path.c_str(), 4711, 4711), 0);
    EXPECT_THAT(complaint(), HasSubstr("it belongs to the user 4711; it is for the node's user"));
    EXPECT_THAT(complaint(), Not(HasSubstr("/dev/urandom")));
  }
}

TEST_F(AdminToken, OfAFileThatIsNamedIsAskedForWithoutTrustAndItsNameIsOneWord) {
  settings.admin_token = directory + "/a b's";
  EXPECT_THAT(complaint(), HasSubstr("base64 > '" + directory + "/a b'\\''s')"));
  EXPECT_THAT(complaint(), Not(HasSubstr("with trust")));
  EXPECT_THAT(complaint(), Not(HasSubstr("--admin-token")));
}

}  // namespace
}  // namespace kith
