// SPDX-License-Identifier: MPL-2.0
#include "base/config_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/config_limits.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;

class ConfigFile : public ::testing::Test {
 protected:
  ConfigFile() { std::filesystem::create_directory(place_); }
  ~ConfigFile() override { std::filesystem::remove_all(place_); }

  std::string file(const std::string& text) {
    std::ofstream{place_ / "kith.toml", std::ios::binary} << text;
    return place_ / "kith.toml";
  }
  static std::string complaint_of(const std::string& path,
                                  std::chrono::milliseconds patience = 1s) {
    const auto read = read_config_file(path, patience);
    return read ? std::to_string(read->size()) + " octets" : read.error().message;
  }
  std::filesystem::path place_ = std::filesystem::path{::testing::TempDir()} /
                                 ("kith_config_file_" + std::to_string(::getpid()));
};

TEST_F(ConfigFile, IsReadAsItIs) {
  const std::string text{"zone = \"a\"\r\n\0\xff", 14};
  EXPECT_EQ(read_config_file(file(text)).value_or("nothing"), text);
  EXPECT_EQ(read_config_file(file("")).value_or("nothing"), "");
}

TEST_F(ConfigFile, ThatIsADirectoryIsSaidToBeOne) {
  EXPECT_EQ(complaint_of(place_),
            "cannot read " + place_.string() + ": it is a directory; give the file in it");
}

TEST_F(ConfigFile, ThatCannotBeOpenedIsSaidWithTheReason) {
  EXPECT_THAT(complaint_of(place_ / "none.toml"), EndsWith("none.toml: No such file or directory"));
  EXPECT_THAT(complaint_of(file("") + "/x"), EndsWith("Not a directory"));
  const auto secret = file("zone = \"a\"");
  ASSERT_EQ(::chmod(secret.c_str(), 0), 0);
  const bool all_powerful = ::geteuid() == 0;
  EXPECT_THAT(complaint_of(secret), EndsWith(all_powerful ? "10 octets" : "Permission denied"));
}

TEST_F(ConfigFile, ThatIsAPipeWithoutAWriterIsNotWaitedForForEver) {
  const auto pipe = place_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR), 0);
  EXPECT_THAT(complaint_of(pipe, 10ms), EndsWith("pipe: it did not end within 10 ms"));
}

TEST_F(ConfigFile, ThatIsAPipeInWhichAPartComesEverSoOftenHasOneDeadline) {
  const auto pipe = place_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR), 0);
  const int kept_open = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(kept_open, 0);
  std::atomic<bool> enough = false;
  std::thread writer{[&] {
    for (int i = 0; i < 1000 && !enough; ++i) {
      EXPECT_EQ(::write(kept_open, "#", 1), 1);
      ::poll(nullptr, 0, 1);
    }
    ::close(kept_open);
  }};
  EXPECT_THAT(complaint_of(pipe, 10ms), EndsWith("pipe: it did not end within 10 ms"));
  enough = true;
  writer.join();
}

TEST_F(ConfigFile, IsReadNoFurtherThanWhereItIsTooLarge) {
  const auto one_more = std::to_string(most_config_octets + 1) + " octets";
  EXPECT_EQ(complaint_of(file(std::string(most_config_octets, '#'))),
            std::to_string(most_config_octets) + " octets");
  EXPECT_EQ(complaint_of(file(std::string(2 * most_config_octets, '#'))), one_more);
  EXPECT_EQ(complaint_of("/dev/zero"), one_more);
}

}  // namespace
}  // namespace kith
