// SPDX-License-Identifier: MPL-2.0
#include "admin/http_post.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include "base/endpoint.hpp"

namespace kith::admin {
namespace {

constexpr duration look_up = std::chrono::milliseconds{50};  ///< whether it was given up

/// Of "HTTP/1.1 200 OK"; 0 when it is none.
int status_in(std::string_view line) {
  constexpr std::string_view version = "HTTP/1.";
  constexpr std::size_t at = version.size() + 2;
  int status = 0;
  if (line.starts_with(version) && line.size() >= at + 3) {
    std::from_chars(line.data() + at, line.data() + at + 3, status);
  }
  return status;
}

/// One exchange; its end is when the context has nothing left to do.
struct exchange {
  asio::io_context context{1};
  asio::ip::tcp::socket socket{context};
  std::string request;
  std::array<char, 512> part{};
  std::string answer;

  void begin(const asio::ip::tcp::endpoint& to) {
    socket.async_connect(to, [this](const asio::error_code& bad) {
      if (!bad) {
        asio::async_write(socket, asio::buffer(request),
                          [this](const asio::error_code& failed, std::size_t) {
                            if (!failed) {
                              read();
                            }
                          });
      }
    });
  }
  void read() {
    socket.async_read_some(
        asio::buffer(part), [this](const asio::error_code& bad, std::size_t size) {
          answer.append(part.data(), size);
          // The first line is all that is wanted.
          if (!bad && answer.find("\r\n") == std::string::npos && answer.size() < part.size()) {
            read();
          }
        });
  }
};

}  // namespace

int post_json(const std::string& address, const std::string& path, const std::string& body,
              duration patience, const std::atomic<bool>& given_up) {
  const auto parsed = endpoint::parse_host_port(address);
  if (!parsed || !parsed->port) {
    return 0;
  }
  asio::error_code bad;
  const auto host = parsed->host == "localhost" ? std::string{"127.0.0.1"} : parsed->host;
  const auto ip = asio::ip::make_address(host, bad);
  if (bad) {
    return 0;
  }
  exchange one;
  one.request =
      "POST " + path + " HTTP/1.1\r\nHost: " + address +
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\nConnection: close\r\n\r\n" + body;
  one.begin({ip, *parsed->port});
  for (duration spent{}; spent < patience && !one.context.stopped() && !given_up;
       spent += look_up) {
    one.context.run_for(look_up);
  }
  return status_in(one.answer);
}

}  // namespace kith::admin
