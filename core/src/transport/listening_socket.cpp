// SPDX-License-Identifier: MPL-2.0
#include "transport/listening_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "transport/network_filter.hpp"
#include "transport/socket_owner.hpp"

namespace kith::transport {
namespace {

constexpr int backlog = 512;  // connections; the kernel caps it at net.core.somaxconn
static_assert(endpoint::longest_path < sizeof(sockaddr_un::sun_path));

tl::unexpected<error> cannot(const std::string& endpoint, int reason) {
  const errc code = reason == EADDRINUSE ? errc::address_in_use : errc::io_error;
  return fail(code, "cannot bind " + endpoint + ": " + std::strerror(reason) +
                        (reason == EADDRNOTAVAIL
                             ? "; no card of this machine has it: ip address shows those there are"
                             : ""));
}

tl::unexpected<error> in_use(const std::string& endpoint, const std::string& owner) {
  return fail(errc::address_in_use, "cannot bind " + endpoint + ": address in use" +
                                        (owner.empty() ? "" : " by " + owner));
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// libzmq's own thread closes its duplicate of an address that this process has just given up, a
// moment after `stop`: a node that starts again at its old port must not fail for that.
bool bind_patiently(int fd, const addrinfo& to) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    if (::bind(fd, to.ai_addr, to.ai_addrlen) == 0) {
      return true;
    }
    if (errno != EADDRINUSE) {
      return false;
    }
    ::poll(nullptr, 0, 2);
  }
  errno = EADDRINUSE;
  return false;
}

}  // namespace

result<std::unique_ptr<listening_socket>> listening_socket::bind(const std::string& endpoint) {
  const auto where = kith::endpoint::parse(endpoint);
  if (!where) {
    return tl::make_unexpected(where.error());
  }
  auto made = std::make_unique<listening_socket>();
  const auto bound =
      where->kind == kith::endpoint::scheme::tcp ? made->bind_tcp(*where) : made->bind_ipc(*where);
  if (!bound) {
    return tl::make_unexpected(bound.error());
  }
  if (::listen(made->fd_, backlog) != 0) {
    return cannot(endpoint, errno);
  }
  return made;
}

listening_socket::~listening_socket() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
  if (lock_ && fd_ >= 0) {
    ::unlink(path_.c_str());  // while the lock is held nobody else has a file there
  }
}

int listening_socket::duplicate() const noexcept {
  return ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
}

std::size_t listening_socket::turn_away() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  rlimit raised = limit;
  raised.rlim_cur = std::min<rlim_t>(limit.rlim_max, limit.rlim_cur + descriptor_reserve);
  ::setrlimit(RLIMIT_NOFILE, &raised);
  std::size_t count = 0;
  for (; count < backlog; ++count) {
    const int waiting = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (waiting < 0) {
      break;
    }
    ::close(waiting);
  }
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return count;
}

void listening_socket::shut_out(std::span<const std::uint64_t> networks) {
  if (lock_) {
    return;
  }
  if (networks.empty()) {
    const int unused = 0;
    ::setsockopt(fd_, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
    return;
  }
  auto steps = program_against(networks);
  const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
  ::setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

result<void> listening_socket::bind_tcp(const kith::endpoint& where) {
  const std::string text = where.to_string();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(where.port.value_or(0));
  if (const int failed = ::getaddrinfo(where.host.c_str(), port.c_str(), &hints, &found);
      failed != 0) {
    return fail(errc::bad_config, "cannot bind " + text + ": " + ::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned{found, &::freeaddrinfo};
  fd_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    return cannot(text, errno);
  }
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!bind_patiently(fd_, *found)) {
    return errno == EADDRINUSE ? in_use(text, owner_of_port(where.port.value_or(0)))
                               : cannot(text, errno);
  }
  kith::endpoint real = where;
  real.port = port_of(fd_);
  endpoint_ = real.to_string();
  return {};
}

result<void> listening_socket::bind_ipc(const kith::endpoint& where) {
  const std::string text = where.to_string();
  const auto directory = std::filesystem::path{where.path}.parent_path();
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return cannot(text, errno);
  }
  auto locked = lock_file::take(where.path + ".lock");
  if (!locked) {
    return locked.error().what() == errc::address_in_use
               ? in_use(text, locked.error().message)
               : fail(errc::io_error, "cannot bind " + text + ": " + locked.error().message);
  }
  path_ = where.path;
  lock_.emplace(std::move(*locked));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  where.path.copy(address.sun_path, kith::endpoint::longest_path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return cannot(text, errno);
  }
  ::fchmod(fd, S_IRUSR | S_IWUSR);  // before bind: the file is never open to others
  ::unlink(where.path.c_str());     // left by a killed holder of the lock
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int reason = errno;
    ::close(fd);
    return cannot(text, reason);
  }
  fd_ = fd;
  endpoint_ = text;
  return {};
}

}  // namespace kith::transport
