// SPDX-License-Identifier: MPL-2.0

#include "reserved_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace kith::test {

reserved_port::reserved_port() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const int yes = 1;
  if (socket_ < 0 || bind(socket_, name, size) != 0 ||
      setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      getsockname(socket_, name, &size) != 0) {
    throw std::system_error{errno, std::generic_category(), "reserving a port"};
  }
  number_ = ntohs(address.sin_port);
}

reserved_port::~reserved_port() {
  close(socket_);
}

std::string reserved_port::address() const {
  return "127.0.0.1:" + std::to_string(number_);
}

}  // namespace kith::test
