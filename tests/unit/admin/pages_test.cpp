// SPDX-License-Identifier: MPL-2.0
#include "admin/pages.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

namespace kith::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr duration moment = 60ms;

/// A node whose loop answers at once, or never.
class fake_node final : public subject {
 public:
  void ask_status(unique_function<void(node_status)> done) override {
    ++asked;
    if (answers) {
      done(status);
    }
  }
  void ask_phase(unique_function<void(std::string)> done) override {
    if (answers) {
      done(phase);
    }
  }

  node_status status;
  std::string phase = "running";
  std::atomic<bool> answers{true};
  std::atomic<int> asked{0};
};

class client {
 public:
  explicit client(const std::string& url, int receive_bytes = 0) {
    const auto colon = url.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (receive_bytes > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    const timeval limit{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() { ::close(fd_); }

  void send(std::string_view octets) const {
    ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
  }
  /// Everything until the other side has closed.
  [[nodiscard]] std::string read_all() const {
    std::string all;
    char part[4096];
    for (;;) {
      const auto size = ::recv(fd_, part, sizeof part, 0);
      if (size <= 0) {
        return all;
      }
      all.append(part, static_cast<std::size_t>(size));
    }
  }

 private:
  int fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

class Pages : public testing::Test {
 protected:
  Pages() {
    // Nobody is too slow, unless a test is about that: a busy machine takes its time.
    options_.patience = 30s;
    options_.reuse = 1ms;
    options_.limits.request_time = 30s;
    options_.limits.answer_time = 30s;
    options_.limits.connections = 4;
  }
  void serve() {
    auto opened = pages::open("127.0.0.1:0", node_, options_);
    ASSERT_TRUE(opened) << opened.error().to_string();
    pages_ = std::move(*opened);
  }
  [[nodiscard]] std::string ask(const std::string& head) const {
    const client one{pages_->url()};
    one.send(head);
    return one.read_all();
  }
  [[nodiscard]] std::string get(const std::string& path) const {
    return ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  }

  /// Whether anybody was cut off for being slow, as somebody sees who asks until it is so: he may
  /// be too slow himself, and is not answered then.
  [[nodiscard]] bool somebody_was_slow() const {
    const std::string none = "kith_admin_dropped_total{reason=\"slow\"} 0\n";
    for (int i = 0; i < 1000; ++i) {
      const auto page = get("/metrics");
      if (!page.empty() && page.find(none) == std::string::npos) {
        return true;
      }
    }
    return false;
  }

  fake_node node_;
  page_options options_;
  std::unique_ptr<pages> pages_;
};

TEST_F(Pages, AreThere) {
  node_.status.self.instance = "order-1";
  serve();
  EXPECT_THAT(get("/metrics"), HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(get("/metrics"), HasSubstr("node=\"order-1\""));
  EXPECT_THAT(get("/status"), HasSubstr("\"instance\": \"order-1\""));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("/readyz"), HasSubstr("\r\n\r\nrunning\n"));
  EXPECT_THAT(get("/"), HasSubstr("/metrics"));
  EXPECT_THAT(get("/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask("DELETE /status HTTP/1.1\r\n\r\n"), HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(ask("GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text\r\n\r\n"),
              HasSubstr("# EOF\n"));
}

TEST_F(Pages, ANodeThatDrainsIsAliveAndNotReady) {
  node_.phase = "draining";
  serve();
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(get("/readyz"), HasSubstr("draining"));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Pages, ALoopThatStandsStillIsSaidSoAndAskedOnce) {
  node_.answers = false;
  options_.patience = moment;
  serve();
  for (const auto* const path : {"/metrics", "/status", "/healthz", "/readyz", "/metrics"}) {
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 503 ")) << path;
  }
  EXPECT_EQ(node_.asked, 1);
}

TEST_F(Pages, ASnapshotServesWhoAsksAtOnceAgain) {
  options_.reuse = 10s;
  serve();
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(get("/status"), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_EQ(node_.asked, 1);
}

TEST_F(Pages, WhoSendsHalfARequestIsCutOffAndCounted) {
  options_.limits.request_time = moment;
  serve();
  EXPECT_EQ(ask("GET /metrics HTTP/1.1\r\nHost: 127"), "");
  EXPECT_TRUE(somebody_was_slow());
}

TEST_F(Pages, AHugeHeadIsRefused) {
  serve();
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nX: " + std::string(8192, 'x')), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(get("/metrics"), HasSubstr("kith_admin_dropped_total{reason=\"no_request\"} 1\n"));
}

account_info large_row() {
  account_info row;
  row.key.assign(1'000, 'k');
  return row;
}

TEST_F(Pages, WhoDoesNotReadIsCutOffAndCounted) {
  // More than the kernel keeps for a reader.
  node_.status.accounts.assign(10'000, large_row());
  options_.limits.answer_time = 10 * moment;
  serve();
  const client stands_still{pages_->url(), 4096};
  stands_still.send("GET /status HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(somebody_was_slow());
  EXPECT_LT(stands_still.read_all().size(), 10'000U * 1'000);
}

TEST_F(Pages, AStatusThatIsTooLargeIsSaidSo) {
  node_.status.accounts.assign(60'000, {});
  serve();
  EXPECT_THAT(get("/status"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(Pages, BeyondTheirPlacesWhoComesIsTurnedAway) {
  serve();
  std::vector<std::unique_ptr<client>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(std::make_unique<client>(pages_->url()));
    all.back()->send("GET /nothing HTTP/1.1\r\n");
  }
  EXPECT_EQ(get("/healthz"), "");
  all.front()->send("\r\n");
  EXPECT_THAT(all.front()->read_all(), StartsWith("HTTP/1.1 404 "));
  std::string page;
  for (int i = 0; i < 100 && page.empty(); ++i) {
    page = get("/metrics");
  }
  EXPECT_THAT(page, HasSubstr("kith_admin_dropped_total{reason=\"turned_away\"}"));
}

TEST_F(Pages, UnderAnotherNameAreNotGiven) {
  serve();
  EXPECT_THAT(ask("GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
              StartsWith("HTTP/1.1 403 "));
}

TEST_F(Pages, AreForWhoHasTheTokenWhereThereIsOne) {
  options_.token =
      std::make_shared<const security::secret>(security::secret::copy_of("0123456789abcdef"));
  serve();
  const auto as = [&](const std::string& path, const std::string& field) {
    return ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + field + "\r\n");
  };
  for (const auto* const path : {"/metrics", "/status", "/", "/nothing"}) {
    for (const auto* const field :
         {"", "Authorization: Bearer 0123456789abcdeX\r\n", "Authorization: Bearer \r\n",
          "Authorization: Bearer 0123456789abcde\r\n", "Authorization: 0123456789abcdef\r\n",
          "Authorization: Basic 0123456789abcdef\r\n"}) {
      const auto told = as(path, field);
      EXPECT_THAT(told, StartsWith("HTTP/1.1 401 ")) << path << " " << field;
      EXPECT_THAT(told, HasSubstr("\r\nWWW-Authenticate: Bearer realm=\"kith\"\r\n"));
    }
  }
  EXPECT_EQ(node_.asked, 0);
  const std::string right = "authorization: bearer 0123456789abcdef\r\n";
  EXPECT_THAT(as("/status", right), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(as("/nothing", right), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(as("/metrics", right), HasSubstr("kith_admin_dropped_total{reason=\"denied\"} 24\n"));
  for (const auto* const path : {"/healthz", "/readyz"}) {
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 200 ")) << path;
  }
}

TEST_F(Pages, EndWhileSomebodyWaits) {
  node_.answers = false;
  serve();
  const client waits{pages_->url()};
  waits.send("GET /status HTTP/1.1\r\n\r\n");
  const client has_not_asked{pages_->url()};
  pages_.reset();
  EXPECT_EQ(waits.read_all(), "");
}

TEST_F(Pages, APortThatIsTakenIsAnErrorThatSaysWhatToDo) {
  serve();
  const auto second = pages::open(pages_->url().substr(7), node_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what(), errc::address_in_use);
  EXPECT_THAT(second.error().message, HasSubstr(pages_->url().substr(7)));
  EXPECT_THAT(second.error().message,
              HasSubstr("address in use by pid " + std::to_string(::getpid()) + " ("));
  EXPECT_THAT(second.error().message, HasSubstr("--admin"));
  for (const auto* const wrong : {"9100", "127.0.0.1:99999", "printer:9100", "127.0.0.1"}) {
    EXPECT_EQ(pages::open(wrong, node_).error().what(), errc::bad_config) << wrong;
  }
}

}  // namespace
}  // namespace kith::admin
