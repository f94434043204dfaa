// SPDX-License-Identifier: MPL-2.0
#include "node/line_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace kith {
namespace {

class LineWriter : public testing::Test {
 protected:
  LineWriter() {
    EXPECT_EQ(::pipe(ends_), 0);
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~LineWriter() override {
    close_reader();
    ::close(ends_[1]);
  }
  void close_reader() {
    if (ends_[0] >= 0) {
      ::close(std::exchange(ends_[0], -1));
    }
  }
  std::string read_all() {
    std::string all;
    char part[65536];
    for (ssize_t got = 0; (got = ::read(ends_[0], part, sizeof part)) > 0;) {
      all.append(part, static_cast<std::size_t>(got));
    }
    return all;
  }

  int ends_[2] = {-1, -1};
};

TEST_F(LineWriter, WritesWholeLines) {
  line_writer out{ends_[1]};
  EXPECT_TRUE(out.write("one\n"));
  EXPECT_TRUE(out.write("two\n"));
  EXPECT_EQ(read_all(), "one\ntwo\n");
  EXPECT_EQ(out.written(), 2U);
  EXPECT_EQ(out.dropped(), 0U);
}

TEST_F(LineWriter, ALineMayBeLongerThanAPipeTakesAtOnce) {
  line_writer out{ends_[1]};
  const auto line = std::string(20'000, 'a') + "\n";
  EXPECT_TRUE(out.write(line));
  EXPECT_EQ(read_all(), line);
}

TEST_F(LineWriter, WaitsForNobodyWhoDoesNotRead) {
  line_writer out{ends_[1]};
  const auto line = std::string(999, 'a') + "\n";
  for (int i = 0; i < 1000; ++i) {  // a pipe has 64 KiB
    out.write(line);
  }
  EXPECT_EQ(out.written() + out.dropped(), 1000U);
  EXPECT_GT(out.written(), 10U);
  EXPECT_GT(out.dropped(), 900U);
  EXPECT_FALSE(out.has_room());
  EXPECT_EQ(read_all().size(), out.written() * line.size());
  EXPECT_TRUE(out.has_room());
  EXPECT_TRUE(out.write("again\n"));
  EXPECT_EQ(read_all(), "again\n");
}

TEST_F(LineWriter, ALineThatWasCutShortEndsBeforeTheNext) {
  line_writer out{ends_[1]};
  EXPECT_FALSE(out.write(std::string(1'000'000, 'a') + "\n"));
  const auto torn = read_all();
  EXPECT_EQ(std::count(torn.begin(), torn.end(), '\n'), 0);
  EXPECT_TRUE(out.write("next\n"));
  EXPECT_EQ(read_all(), "\nnext\n");
}

TEST_F(LineWriter, AReaderThatHasGoneEndsNoProcess) {
  line_writer out{ends_[1]};
  close_reader();
  EXPECT_FALSE(out.write("one\n"));
  EXPECT_FALSE(out.write("two\n"));
  EXPECT_EQ(out.dropped(), 2U);
}

TEST_F(LineWriter, ADescriptorThatIsNoneTakesNothing) {
  line_writer out{-1};
  EXPECT_FALSE(out.write("one\n"));
}

}  // namespace
}  // namespace kith
