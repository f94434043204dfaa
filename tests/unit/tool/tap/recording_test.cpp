// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/recording.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace kith::tool {
namespace {

class Recording : public testing::Test {
 protected:
  Recording() { write(); }
  ~Recording() override { std::remove(path_.c_str()); }

  void write() {
    auto file = recording_writer::create(path_, {"kith test", "plant", 7}).value();
    for (std::uint64_t i = 0; i < 3; ++i) {
      recorded one{"id", "order", "order-1", {}};
      one.envelope.kind = "request";
      one.envelope.name = "order.get";
      one.envelope.id = i;
      one.envelope.body = {std::byte{1}, std::byte{2}};
      ASSERT_TRUE(file.add(one));
    }
    file.add_missed(4);
    ASSERT_TRUE(file.finish());
  }
  [[nodiscard]] std::string octets() const {
    std::ifstream in{path_, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void put(const std::string& octets) const { std::ofstream{path_, std::ios::binary} << octets; }
  [[nodiscard]] std::string complaint() const {
    const auto all = read_recording(path_);
    return all ? "read" : all.error().message;
  }

  std::string path_ = testing::TempDir() + "kith_recording_test.rec";
};

TEST_F(Recording, GivesBackWhatWasWritten) {
  const auto all = read_recording(path_);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->head.domain, "plant");
  EXPECT_EQ(all->head.begun_us, 7);
  ASSERT_EQ(all->envelopes.size(), 3U);
  EXPECT_EQ(all->envelopes[2].envelope.id, 2U);
  EXPECT_EQ(all->envelopes[2].envelope.body.size(), 2U);
  EXPECT_EQ(all->envelopes[2].instance, "order-1");
  ASSERT_TRUE(all->end);
  EXPECT_EQ(all->end->envelopes, 3U);
  EXPECT_EQ(all->end->missed, 4U);
}

TEST_F(Recording, IsForItsOwnerAlone) {
  ::chmod(path_.c_str(), 0666);
  write();
  struct stat about {};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(Recording, ThatIsCutOffIsNoticedWhereverItIs) {
  const auto whole = octets();
  std::size_t without_end = 0;
  for (auto size = whole.size(); size-- > 0;) {
    std::filesystem::resize_file(path_, size);
    const auto all = read_recording(path_);
    if (all) {
      ++without_end;  // between two records: what is there is good, and has no end
      EXPECT_FALSE(all->end) << size;
    } else {
      EXPECT_EQ(all.error().what(), errc::malformed) << size;
    }
  }
  EXPECT_EQ(without_end, 4U);
  put(whole.substr(0, whole.size() - 3));
  EXPECT_NE(complaint().find("cut off within a record"), std::string::npos) << complaint();
}

TEST_F(Recording, IsToldFromOtherFiles) {
  put("hello, world");
  EXPECT_NE(complaint().find("is no recording"), std::string::npos) << complaint();
  write();
  auto later = octets();
  later[7] = '\2';
  put(later);
  EXPECT_NE(complaint().find("another version"), std::string::npos) << complaint();
  std::remove(path_.c_str());
  EXPECT_NE(complaint().find("No such file"), std::string::npos) << complaint();
}

TEST_F(Recording, IsReadWithinLimits) {
  auto huge = octets().substr(0, 8);
  huge += "E\x7f\xff\xff\xff";
  put(huge);
  EXPECT_NE(complaint().find("octets; at most"), std::string::npos) << complaint();
}

TEST_F(Recording, MayHaveRecordsOfLaterKinds) {
  auto whole = octets();
  const std::size_t end = whole.size() - 1;
  std::size_t at = whole.rfind('Z', end);
  whole.insert(at, std::string{"?\0\0\0\1x", 6});
  put(whole);
  EXPECT_EQ(complaint(), "read");
}

}  // namespace
}  // namespace kith::tool
