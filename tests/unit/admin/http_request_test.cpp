// SPDX-License-Identifier: MPL-2.0
#include "admin/http_request.hpp"

#include <gtest/gtest.h>

namespace kith::admin {
namespace {

TEST(HttpRequest, IsReadWithThePartsThatMatter) {
  const auto read = read_head(
      "GET /metrics?name=x HTTP/1.1\r\nHOST: 127.0.0.1:9100\r\n"
      "accept:  application/openmetrics-text;version=1.0.0 \r\nX: y\r\n\r\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->path, "/metrics");
  EXPECT_EQ(read->host, "127.0.0.1:9100");
  EXPECT_EQ(read->accept, "application/openmetrics-text;version=1.0.0");
  EXPECT_FALSE(read->head_only);
  EXPECT_TRUE(read_head("HEAD / HTTP/1.0\r\n\r\n")->head_only);
}

TEST(HttpRequest, ThatIsNoneIsRefusedByWhatIsWrong) {
  const auto status_of = [](std::string_view head) { return read_head(head).error().status; };
  EXPECT_EQ(status_of("POST /metrics HTTP/1.1\r\n\r\n"), 405);
  EXPECT_EQ(status_of("GET /metrics HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET /metrics\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET metrics HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /a b HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /\x01 HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nno field\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n: empty\r\n\r\n"), 400);
  EXPECT_EQ(status_of("\r\n\r\n"), 400);
  EXPECT_EQ(status_of(std::string_view{"\x16\x03\x01\x00\r\n\r\n", 8}), 400);
}

TEST(HttpRequest, EndsWithItsEmptyLine) {
  EXPECT_EQ(end_of_head("GET / HTTP/1.1\r\nHost: a\r\n"), std::nullopt);
  EXPECT_EQ(end_of_head("GET / HTTP/1.1\r\n\r\nrest"), 18U);
}

TEST(HttpResponse, HasItsLengthAndNoBodyForHead) {
  const http_response ok{200, "text/plain", "abc"};
  const auto whole = octets_of(ok, false);
  EXPECT_TRUE(whole.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(whole.find("Content-Length: 3\r\n"), std::string::npos);
  EXPECT_TRUE(whole.ends_with("\r\n\r\nabc"));
  EXPECT_EQ(octets_of(ok, true) + "abc", whole);
}

TEST(HttpHost, IsLocalByAnAddressOfThisMachineOnly) {
  for (const auto* const host :
       {"", "localhost", "localhost:9100", "127.0.0.1", "127.0.0.1:1", "[::1]:9100", "[::1]"}) {
    EXPECT_TRUE(is_local_host(host)) << host;
  }
  for (const auto* const host : {"evil.example", "evil.example:9100", "127.0.0.1.evil.example",
                                 "10.0.0.7:9100", "[", "[::2]:1", ":9100"}) {
    EXPECT_FALSE(is_local_host(host)) << host;
  }
}

TEST(HttpResponse, SaysItsPolicyWhenItHasOne) {
  http_response page{200, "text/html", "x"};
  EXPECT_EQ(octets_of(page, false).find("Content-Security-Policy"), std::string::npos);
  page.policy = "default-src 'none'";
  const auto octets = octets_of(page, false);
  EXPECT_NE(octets.find("\r\nContent-Security-Policy: default-src 'none'\r\n"), std::string::npos);
  EXPECT_TRUE(octets.ends_with("\r\n\r\nx"));
}

}  // namespace
}  // namespace kith::admin
