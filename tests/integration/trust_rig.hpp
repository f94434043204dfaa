// SPDX-License-Identifier: MPL-2.0
#pragma once

// A trust domain of directories, made and changed by the command as an operator does.

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"

namespace kith::test {

class trust_rig {
 public:
  using flags = std::vector<std::string>;

  /// Of these services, with the flags of `kith trust sign`; each directory has all certificates.
  trust_rig(const std::string& domain, std::string home, const std::map<std::string, flags>& all)
      : home_{std::move(home)} {
    make(root());
    std::ofstream{passphrase()} << "correct horse battery staple\n";
    ::chmod(passphrase().c_str(), 0600);
    run({"init", "--domain", domain}, true);
    for (const auto& [name, rights] : all) {
      run({"request", name}, false);
      flags words{"sign", root() + "/" + name + ".req", "--days", "30"};
      words.insert(words.end(), rights.begin(), rights.end());
      run(words, true);
    }
    for (const auto& [name, rights] : all) {
      make(of(name));
      give("root.pub", name);
      give(name + ".keys", name);
      for (const auto& [other, theirs] : all) {
        give(other + ".cert", name);
      }
    }
  }

  [[nodiscard]] std::string root() const { return home_ + "/root"; }
  /// The trust directory of that service.
  [[nodiscard]] std::string of(const std::string& name) const { return home_ + "/" + name; }

  /// At the root, with the old certificate kept as NAME-old.cert there.
  void renew(const std::string& name) const {
    const auto paper = root() + "/" + name + ".cert";
    std::filesystem::copy_file(paper, root() + "/" + name + "-old.cert");
    run({"renew", paper, "--days", "60"}, true);
  }
  void revoke(const std::string& paper) const { run({"revoke", root() + "/" + paper}, true); }
  /// Puts what the root has there into that service's directory, at once.
  void give(const std::string& file, const std::string& to) const {
    const auto there = of(to) + "/" + file;
    std::filesystem::copy_file(root() + "/" + file, there + ".new");
    std::filesystem::rename(there + ".new", there);
  }

 private:
  static void make(const std::string& directory) {
    std::filesystem::create_directories(directory);
    ::chmod(directory.c_str(), 0700);
  }
  [[nodiscard]] std::string passphrase() const { return home_ + "/passphrase"; }
  void run(flags words, bool is_the_roots) const {
    words.insert(words.begin(), "trust");
    words.insert(words.end(), {"--dir", root()});
    if (is_the_roots) {
      words.insert(words.end(), {"--passphrase-file", passphrase()});
    }
    child_process tool{std::string{KITH_BIN_DIR} + "/kith", words, home_ + "/trust.log"};
    EXPECT_EQ(tool.wait(std::chrono::seconds{60} * KITH_TIMEOUT_FACTOR), 0)
        << words[1] << ": " << tool.log();
  }

  std::string home_;
};

}  // namespace kith::test
