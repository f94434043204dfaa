// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/trust_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

namespace kith::tool {
namespace {

/// A directory of its own for each test.
class TrustFile : public testing::Test {
 protected:
  TrustFile() {
    std::string name = (std::filesystem::temp_directory_path() / "kith-trust-file-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~TrustFile() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string at(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] static unsigned mode_of(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
  }
  [[nodiscard]] std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator{directory_}, {});
  }

  std::string directory_;
};

TEST_F(TrustFile, IsMadeOnceAndWithItsMode) {
  ASSERT_TRUE(write_file(at("a"), "secret", file_right::secret, file_write::make));
  ASSERT_TRUE(write_file(at("b"), "open", file_right::open, file_write::make));
  EXPECT_EQ(mode_of(at("a")), 0600U);
  EXPECT_EQ(mode_of(at("b")), 0644U);
  const auto again = write_file(at("a"), "other", file_right::secret, file_write::make);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().what(), errc::already_exists);
  EXPECT_EQ(read_file(at("a"), file_right::secret)->view(), "secret");
  EXPECT_EQ(files(), 2) << "something was left beside them";
}

TEST_F(TrustFile, IsReplacedAsAWhole) {
  ASSERT_TRUE(write_file(at("a"), "long before", file_right::open, file_write::make));
  ASSERT_TRUE(write_file(at("a"), "after", file_right::open, file_write::replace));
  EXPECT_EQ(read_file(at("a"), file_right::open)->view(), "after");
  EXPECT_EQ(files(), 1);
}

TEST_F(TrustFile, WithASecretThatOthersMayReadIsRefused) {
  ASSERT_TRUE(write_file(at("a"), "secret", file_right::secret, file_write::make));
  for (const ::mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod(at("a").c_str(), mode), 0);
    const auto read = read_file(at("a"), file_right::secret);
    ASSERT_FALSE(read) << mode;
    EXPECT_EQ(read.error().what(), errc::permission_denied);
    EXPECT_TRUE(read_file(at("a"), file_right::open));
  }
}

TEST_F(TrustFile, ThatIsNoneOrTooLargeIsRefused) {
  EXPECT_EQ(read_file(at("none"), file_right::open).error().what(), errc::not_found);
  EXPECT_FALSE(read_file(directory_, file_right::open));
  const std::string most(std::size_t{64} * 1024, 'x');
  ASSERT_TRUE(write_file(at("a"), most, file_right::open, file_write::make));
  EXPECT_TRUE(read_file(at("a"), file_right::open));
  ASSERT_TRUE(write_file(at("a"), most + "x", file_right::open, file_write::replace));
  EXPECT_EQ(read_file(at("a"), file_right::open).error().what(), errc::too_large);
}

TEST_F(TrustFile, DirectoriesAreMadeForTheirOwnerAlone) {
  ASSERT_TRUE(make_directory(at("one/two")));
  EXPECT_EQ(mode_of(at("one")), 0700U);
  EXPECT_EQ(mode_of(at("one/two")), 0700U);
  ASSERT_EQ(::chmod(at("one/two").c_str(), 0770), 0);
  EXPECT_EQ(make_directory(at("one/two")).error().what(), errc::permission_denied);
  ASSERT_TRUE(write_file(at("a"), "", file_right::open, file_write::make));
  EXPECT_FALSE(make_directory(at("a")));
}

TEST_F(TrustFile, OneAtATimeHasTheLock) {
  const directory_claim first{directory_};
  EXPECT_TRUE(first.held());
  EXPECT_FALSE(directory_claim{directory_}.held());
  EXPECT_FALSE(directory_claim{at("none")}.held());
}

}  // namespace
}  // namespace kith::tool
