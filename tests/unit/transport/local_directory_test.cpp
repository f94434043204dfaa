// SPDX-License-Identifier: MPL-2.0
#include "transport/local_directory.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "transport/listening_socket.hpp"

namespace {

namespace fs = std::filesystem;
using namespace kith::transport;

class LocalDirectory : public testing::Test {
 protected:
  ~LocalDirectory() override { fs::remove_all(base_); }
  std::string path(const std::string& name) const { return (base_ / name).string(); }
  static std::string flaw(const std::string& directory) {
    const auto ready = prepare_local_directory(directory);
    return ready ? "" : ready.error().message;
  }
  static unsigned mode_of(const std::string& what) {
    struct stat found {};
    EXPECT_EQ(::stat(what.c_str(), &found), 0) << what;
    return found.st_mode & 07777U;
  }

 private:
  fs::path base_ = [] {
    std::string pattern = (fs::temp_directory_path() / "kith-local-XXXXXX").string();
    return fs::path{::mkdtemp(pattern.data())};
  }();
};

const std::string an_id(32, 'a');

TEST_F(LocalDirectory, IsMadeForItsOwnerOnly) {
  const auto before = ::umask(0);
  EXPECT_EQ(flaw(path("new")), "");
  ::umask(before);
  EXPECT_EQ(mode_of(path("new")), 0700U);
  EXPECT_EQ(flaw(path("new")), "") << "and used again";
}

TEST_F(LocalDirectory, IsRefusedWhenItIsOpenToOthers) {
  ASSERT_EQ(::mkdir(path("open").c_str(), 0700), 0);
  for (const mode_t mode : {0755U, 0710U, 0701U, 0777U}) {
    ::chmod(path("open").c_str(), mode);
    EXPECT_TRUE(flaw(path("open")).ends_with("): chmod 700 " + path("open"))) << flaw(path("open"));
  }
  EXPECT_EQ(mode_of(path("open")), 0777U) << "and not mended behind its owner's back";
}

TEST_F(LocalDirectory, IsRefusedWhenItIsSomethingElse) {
  std::ofstream{path("file")} << "text";
  EXPECT_EQ(flaw(path("file")), path("file") + " is not a directory: remove it");
  ASSERT_EQ(flaw(path("real")), "");
  fs::create_directory_symlink(path("real"), path("link"));
  EXPECT_EQ(flaw(path("link")), path("link") + " is a symbolic link, not a directory: remove it");
  EXPECT_EQ(flaw(path("no/parent")),
            "cannot make " + path("no/parent") + ": No such file or directory");
}

TEST_F(LocalDirectory, IsRefusedWhenItBelongsToAnother) {
  std::string foreign = "/etc";
  if (::geteuid() == 0) {
    foreign = path("foreign");
    ASSERT_EQ(::mkdir(foreign.c_str(), 0700), 0);
    ASSERT_EQ(::chown(foreign.c_str(), 65534, 65534), 0);
  }
  EXPECT_NE(flaw(foreign).find(" belongs to the user "), std::string::npos) << flaw(foreign);
}

TEST_F(LocalDirectory, IsRefusedWhenSocketsInItWouldHaveTooLongNames) {
  EXPECT_NE(flaw("/" + std::string(71, 'd')).find("at most 71 leave room"), std::string::npos);
  const auto longest = path("") + std::string(71 - path("").size(), 'd');
  ASSERT_EQ(flaw(longest), "");
  EXPECT_TRUE(listening_socket::bind("ipc://" + longest + "/" + an_id + ".in"));
}

TEST_F(LocalDirectory, IsInTheRuntimeDirectoryWhereThatIsOurs) {
  const std::string otherwise = "/tmp/kith-" + std::to_string(::geteuid());
  EXPECT_EQ(default_local_directory(nullptr), otherwise);
  EXPECT_EQ(default_local_directory(""), otherwise);
  EXPECT_EQ(default_local_directory("relative"), otherwise);
  EXPECT_EQ(default_local_directory(path("missing").c_str()), otherwise);
  ASSERT_EQ(::mkdir(path("run").c_str(), 0700), 0);
  EXPECT_EQ(default_local_directory(path("run").c_str()), path("run/kith"));
  ::chmod(path("run").c_str(), 0755);
  EXPECT_EQ(default_local_directory(path("run").c_str()), otherwise);
}

TEST_F(LocalDirectory, IsCleanedOfTheDeadOnly) {
  ASSERT_EQ(flaw(path("d")), "");
  const auto at = [&](const std::string& name) { return path("d/" + name); };
  const auto living = listening_socket::bind("ipc://" + at(an_id + ".in"));
  ASSERT_TRUE(living) << living.error().message;
  const std::string dead(32, 'b');
  for (const auto& name : {dead + ".in", dead + ".in.lock", std::string{"notes.lock"},
                           std::string(32, 'x') + ".in.lock", std::string{"other"}}) {
    std::ofstream{at(name)} << "1\n";
  }
  EXPECT_EQ(sweep_local_directory(path("d")), 1U);
  EXPECT_FALSE(fs::exists(at(dead + ".in")));
  EXPECT_FALSE(fs::exists(at(dead + ".in.lock")));
  for (const auto& name : {an_id + ".in", an_id + ".in.lock", std::string{"notes.lock"},
                           std::string(32, 'x') + ".in.lock", std::string{"other"}}) {
    EXPECT_TRUE(fs::exists(at(name))) << name;
  }
  EXPECT_EQ(sweep_local_directory(path("missing")), 0U);
}

TEST_F(LocalDirectory, TellsSocketsOfOursFromAnythingElse) {
  const auto bound = listening_socket::bind("ipc://" + path("socket"));
  ASSERT_TRUE(bound);
  EXPECT_TRUE(is_own_socket(path("socket")));
  EXPECT_FALSE(is_own_socket(path("socket.lock"))) << "a file";
  EXPECT_FALSE(is_own_socket(path("missing")));
  fs::create_symlink(path("socket"), path("link"));
  EXPECT_FALSE(is_own_socket(path("link")));
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(path("socket").c_str(), 65534, 65534), 0);
    EXPECT_FALSE(is_own_socket(path("socket"))) << "another user's";
  }
}

}  // namespace
