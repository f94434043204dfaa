// SPDX-License-Identifier: MPL-2.0
#include "curve_flood.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace kith::test {
namespace {

constexpr std::size_t greeting_octets = 64;
constexpr std::size_t key_octets = crypto_box_PUBLICKEYBYTES;
constexpr std::size_t cookie_octets = 96;
constexpr std::size_t welcome_octets = 2 + 168;  // with its frame's head

using octets = unsigned char;

const octets* raw(std::string_view text) {
  return reinterpret_cast<const octets*>(text.data());
}
octets* raw(std::string& text) {
  return reinterpret_cast<octets*>(text.data());
}

struct pair {
  std::string open = std::string(key_octets, '\0');
  std::string secret = std::string(key_octets, '\0');
  pair() { crypto_box_keypair(raw(open), raw(secret)); }
};

std::string box(std::string_view text, std::string_view nonce, std::string_view to,
                std::string_view from_secret) {
  std::string sealed(text.size() + crypto_box_MACBYTES, '\0');
  if (crypto_box_easy(raw(sealed), raw(text), text.size(), raw(nonce), raw(to), raw(from_secret)) !=
      0) {
    throw std::runtime_error{"no such key"};
  }
  return sealed;
}

std::string key_of(const std::string& printable) {
  std::string key(key_octets, '\0');
  if (zmq_z85_decode(raw(key), printable.c_str()) == nullptr) {
    throw std::runtime_error{"no key: " + printable};
  }
  return key;
}

std::string hello(const pair& brief, std::string_view server) {
  const std::string count{"\0\0\0\0\0\0\0\1", 8};
  const auto proof = box(std::string(64, '\0'), "CurveZMQHELLO---" + count, server, brief.secret);
  return std::string{"\4\xc8", 2} + "\5HELLO" + std::string{"\1\0", 2} + std::string(72, '\0') +
         brief.open + count + proof;
}

std::string metadata() {
  return std::string{"\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0\0", 35};
}

}  // namespace

struct curve_flood::secrets {
  pair lasting;
  pair brief;
  std::string server;
};

struct curve_flood::knock {
  int fd = -1;
  bool asked = false;  ///< its initiate has left
  std::string heard;
  std::chrono::steady_clock::time_point until;

  knock() = default;
  knock(const knock&) = delete;
  knock& operator=(const knock&) = delete;
  ~knock() { ::close(fd); }
};

int connect_from(const std::string& address, std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &here.sin_addr);
  sockaddr_in there = here;
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  there.sin_port = htons(port);
  const linger at_once{1, 0};  // else their ports wait a minute
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
      (::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0 &&
       errno != EINPROGRESS)) {
    ::close(fd);
    return -1;
  }
  return fd;
}

std::string zmtp_greeting(const std::string& mechanism) {
  auto text = std::string{"\xff\0\0\0\0\0\0\0\1\x7f\3\0", 12} + mechanism;
  text.resize(greeting_octets);
  return text;
}

std::string curve_opening(const std::string& server_key) {
  return zmtp_greeting("CURVE") + hello(pair{}, key_of(server_key));
}

curve_flood::curve_flood(flood_options options)
    : options_{std::move(options)}, secrets_{std::make_unique<secrets>()} {
  secrets_->server = key_of(options_.server_key);
  opening_ = zmtp_greeting("CURVE") + hello(secrets_->brief, secrets_->server);
  thread_ = std::thread{[this] { run(); }};
}

curve_flood::~curve_flood() {
  over_ = true;
  thread_.join();
}

void curve_flood::begin() {
  auto made = std::make_unique<knock>();
  made->fd = connect_from(options_.from, options_.port);
  made->until = std::chrono::steady_clock::now() + std::chrono::seconds{2};
  ++begun_;
  // On loopback a connection is there at once, unless the queue is full.
  if (made->fd >= 0 && ::send(made->fd, opening_.data(), opening_.size(), MSG_NOSIGNAL) > 0) {
    knocks_.push_back(std::move(made));
  } else {
    ++cut_;
  }
}

std::string curve_flood::initiate(const std::string& welcome) const {
  const std::string_view body{std::string_view{welcome}.substr(2)};
  const auto nonce = "WELCOME-" + std::string{body.substr(8, 16)};
  const auto sealed = body.substr(24);
  std::string told(sealed.size() - crypto_box_MACBYTES, '\0');
  if (crypto_box_open_easy(raw(told), raw(sealed), sealed.size(), raw(nonce), raw(secrets_->server),
                           raw(secrets_->brief.secret)) != 0) {
    return {};
  }
  const auto server_brief = told.substr(0, key_octets);
  const auto cookie = told.substr(key_octets, cookie_octets);
  const std::string count{"\0\0\0\0\0\0\0\2", 8};
  const std::string any(16, 'v');
  const auto vouch = any + box(secrets_->brief.open + secrets_->server, "VOUCH---" + any,
                               server_brief, secrets_->lasting.secret);
  const auto proof = box(secrets_->lasting.open + vouch + metadata(), "CurveZMQINITIATE" + count,
                         server_brief, secrets_->brief.secret);
  const auto command = "\10INITIATE" + cookie + count + proof;
  std::string size(8, '\0');
  size[6] = static_cast<char>(command.size() >> 8);
  size[7] = static_cast<char>(command.size());
  return '\6' + size + command;
}

bool curve_flood::advance(knock& one) {
  std::array<char, 1024> room{};
  const auto count = ::recv(one.fd, room.data(), room.size(), 0);
  if (count <= 0) {
    ++cut_;
    return false;
  }
  one.heard.append(room.data(), static_cast<std::size_t>(count));
  if (one.asked) {
    ++refused_;
    return false;
  }
  if (one.heard.size() < greeting_octets + welcome_octets) {
    return true;
  }
  const auto next = initiate(one.heard.substr(greeting_octets, welcome_octets));
  one.asked = true;
  return !next.empty() && ::send(one.fd, next.data(), next.size(), MSG_NOSIGNAL) > 0;
}

void curve_flood::run() {
  using clock = std::chrono::steady_clock;
  const std::chrono::duration<double> pace{1 / options_.per_second};
  std::chrono::duration<double> due{0};
  for (const auto start = clock::now(); !over_;) {
    for (; clock::now() - start >= due && knocks_.size() < options_.at_once; due += pace) {
      begin();
    }
    // Who could not keep up does not make up for it.
    due = std::max<std::chrono::duration<double>>(due, clock::now() - start - pace * 10);
    std::vector<pollfd> asked;
    for (const auto& one : knocks_) {
      asked.push_back({one->fd, POLLIN, 0});
    }
    ::poll(asked.data(), asked.size(), 1);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const bool late = clock::now() > knocks_[i]->until;
      cut_ += late && asked[i].revents == 0 ? 1 : 0;
      if ((asked[i].revents != 0 && !advance(*knocks_[i])) || (asked[i].revents == 0 && late)) {
        knocks_[i].reset();
      }
    }
    std::erase(knocks_, nullptr);
  }
  knocks_.clear();
}

}  // namespace kith::test
