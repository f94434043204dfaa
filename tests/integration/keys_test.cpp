// SPDX-License-Identifier: MPL-2.0

// Real processes with keys from files.

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include <kith/blocking_client.hpp>
#include <kith/introspection.hpp>

#include "echo.hpp"
#include "nodes.hpp"
#include "support/test_keys.hpp"

namespace kith::test {
namespace {

class Keys : public Nodes {
 protected:
  std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const auto path = directory_ + "/" + name;
    std::ofstream{path} << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  /// echo has order's pair, its caller payment's.
  std::string echo_file() {
    return file("echo.keys", key_file(order_keys, {{"caller", payment_keys.public_key}}));
  }
  config caller(const std::string& keys) const {
    auto settings = observer(domain_);
    settings.keys = keys;
    return settings;
  }
  bool can_call(const config& settings, std::chrono::milliseconds limit) {
    blocking_client client{settings};
    return client.try_call("echo", echo::say, {"hello"}, {.deadline = limit}).has_value();
  }
};

TEST_F(Keys, TwoNodesTalkAndStrangersAreRefused) {
  auto peer = start("echo-1", {"--keys", echo_file()});
  const auto known =
      caller(file("caller.keys", key_file(payment_keys, {{"echo", order_keys.public_key}})));
  EXPECT_TRUE(can_call(known, 5s * KITH_TIMEOUT_FACTOR)) << peer.log();
  EXPECT_FALSE(can_call(
      caller(file("fresh.keys", key_file(stranger_keys, {{"echo", order_keys.public_key}}))),
      1s * KITH_TIMEOUT_FACTOR));
  EXPECT_FALSE(can_call(observer(domain_), 1s * KITH_TIMEOUT_FACTOR)) << "a plain stranger";
  EXPECT_TRUE(can_call(known, 5s * KITH_TIMEOUT_FACTOR)) << "and the others are served as before";
  {
    blocking_client client{known};
    const auto books = client.try_call("echo", list_books, {}, {.deadline = 5s});
    ASSERT_TRUE(books) << books.error().to_string();
    std::uint64_t refused = 0;
    for (const auto& row : books->accounts) {
      const auto found = row.dropped.find("keys_refused");
      refused += row.scope == "transport" && found != row.dropped.end() ? found->second : 0;
    }
    EXPECT_GT(refused, 0U) << "who was turned away at the door is in the books";
  }
  found_by_ = {"KITH_KEYS=" + known.keys};
  audit();
  peer.signal(SIGTERM);
  ASSERT_EQ(peer.wait(5s * KITH_TIMEOUT_FACTOR), 0) << peer.log();
  const auto log = peer.log();
  EXPECT_NE(log.find("whose key is " + stranger_keys.public_key + ": it is not in our keys file"),
            std::string::npos)
      << log;
  for (const auto* pair : {&order_keys, &payment_keys, &stranger_keys}) {
    EXPECT_EQ(log.find(pair->secret_key), std::string::npos);
  }
}

TEST_F(Keys, AStandingNodeIsFoundWhenItsKeyIsMended) {
  auto wrong = start(
      "echo-1", {"--keys", file("wrong.keys",
                                key_file(stranger_keys, {{"caller", payment_keys.public_key}}))});
  const auto known =
      caller(file("caller.keys", key_file(payment_keys, {{"echo", order_keys.public_key}})));
  found_by_ = {"KITH_KEYS=" + known.keys};
  node watcher{known};
  watcher.run_until([] { return false; }, 2s);
  EXPECT_FALSE(in_rotation(watcher, "echo-1"));
  wrong.signal(SIGTERM);
  ASSERT_EQ(wrong.wait(5s * KITH_TIMEOUT_FACTOR), 0);
  auto right = start("echo-1", {"--keys", echo_file()});
  EXPECT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 10s * KITH_TIMEOUT_FACTOR))
      << right.log();
}

TEST_F(Keys, AFileThatIsNoGoodIsSaidWithWhatToDo) {
  const auto good = key_file(order_keys, {});
  const std::pair<std::string, std::string> trials[] = {
      {file("open.keys", good, 0644), "others may read it (mode 0644): chmod 600 "},
      {file("group.keys", good, 0640), "others may read it (mode 0640): chmod 600 "},
      {directory_ + "/missing.keys", "cannot read it: No such file"},
      {directory_, "it is no file"},
      {file("bad.keys", good + "order = 'short'\n"), "bad.keys:3: order: a key has 40 characters"},
      {file("mixed.keys", key_file({order_keys.public_key, payment_keys.secret_key}, {})),
       "own_public does not belong to own_secret"},
  };
  int round = 0;
  for (const auto& [path, why] : trials) {
    SCOPED_TRACE(path);
    auto peer = start("echo-" + std::to_string(++round), {"--keys", path});
    EXPECT_NE(peer.wait(5s * KITH_TIMEOUT_FACTOR).value_or(0), 0);
    EXPECT_NE(peer.log().find(why), std::string::npos) << peer.log();
    EXPECT_EQ(peer.log().find(payment_keys.secret_key), std::string::npos);
    EXPECT_EQ(peer.log().find("terminate called"), std::string::npos) << peer.log();
  }
  end_without_audit("none of them became a node");
}

TEST_F(Keys, AreNotShownByPrintConfig) {
  auto peer = start("echo-1", {"--keys", echo_file(), "--print-config"});
  EXPECT_EQ(peer.wait(5s * KITH_TIMEOUT_FACTOR), 0);
  EXPECT_NE(peer.log().find("echo.keys"), std::string::npos);
  EXPECT_EQ(peer.log().find(order_keys.secret_key), std::string::npos);
  end_without_audit("it is no node");
}

}  // namespace
}  // namespace kith::test
