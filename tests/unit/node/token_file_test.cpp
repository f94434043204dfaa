// SPDX-License-Identifier: MPL-2.0
#include "node/token_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace kith {
namespace {

using testing::HasSubstr;

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
  EXPECT_THAT(complaint(), HasSubstr("head -c 24 /dev/urandom | base64 > " + path));
  put("admin.token", "0123456789abcdef", 0640);
  EXPECT_THAT(complaint(), HasSubstr("chmod 600 " + path));
  for (const auto* const wrong : {"", "\n", "0123456789abcde", "0123456789 abcdef",
                                  "0123456789abcdef\n0123456789abcdef", "0123456789abcd\xc3\xa4"}) {
    put("admin.token", wrong);
    EXPECT_THAT(complaint(), HasSubstr("a token is one line of 16 to 256")) << wrong;
    EXPECT_TRUE(*wrong == '\0' || *wrong == '\n' || complaint().find(wrong) == std::string::npos);
  }
}

}  // namespace
}  // namespace kith
