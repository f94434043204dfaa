// SPDX-License-Identifier: MPL-2.0
#include "admin/http_server.hpp"

#include <array>
#include <set>
#include <thread>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "base/endpoint.hpp"
#include "transport/socket_owner.hpp"

namespace kith::admin {
namespace {

using asio::ip::tcp;

constexpr duration pause_after_trouble = std::chrono::milliseconds{200};

result<tcp::endpoint> tcp_endpoint_of(const std::string& address) {
  const auto wrong = [&](const std::string& why) {
    return fail(errc::bad_config, "admin = \"" + address + "\": " + why, outcome::not_sent,
                "admin");
  };
  const auto parsed = endpoint::parse_host_port(address);
  if (!parsed) {
    return wrong("it must be HOST:PORT, as in 127.0.0.1:9100; port 0 takes a free one");
  }
  asio::error_code bad;
  const auto host = parsed->host == "localhost" ? std::string{"127.0.0.1"} : parsed->host;
  const auto ip = asio::ip::make_address(host, bad);
  if (bad) {
    return wrong("the host must be a numeric address of this machine, as 127.0.0.1");
  }
  return tcp::endpoint{ip, parsed->port.value_or(0)};
}

error cannot_listen(const std::string& address, std::uint16_t port, const asio::error_code& why) {
  const auto cannot = "cannot serve pages at " + address + ": ";
  if (why != asio::error::address_in_use) {
    return {errc::io_error, cannot + why.message(), outcome::not_sent, "admin"};
  }
  const auto owner = transport::owner_of_port(port);
  return {errc::address_in_use,
          cannot + "address in use" + (owner.empty() ? "" : " by " + owner) +
              "; name another port with --admin, or 0 for a free one",
          outcome::not_sent, "admin"};
}

std::string url_of(const tcp::endpoint& at) {
  const auto host = at.address().to_string();
  return "http://" + (at.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(at.port());
}

}  // namespace

struct http_server::impl {
  class connection;

  impl(const tcp::endpoint& at, http_limits given) : limits{given}, acceptor{context, at} {}

  void accept();
  void take(tcp::socket socket);

  http_limits limits;
  http_counts counts;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
  tcp::acceptor acceptor;
  asio::steady_timer pause{context};
  std::string url;
  handler answer;
  std::set<std::shared_ptr<connection>> connections;
  std::thread thread;
};

/// It lives in the server's table, and in what Asio has yet to call.
class http_server::impl::connection : public std::enable_shared_from_this<connection> {
 public:
  connection(impl& home, tcp::socket socket)
      : home_{home}, socket_{std::move(socket)}, deadline_{home.context} {}

  void read() {
    arm(home_.limits.request_time);
    read_more();
  }
  void close() {
    asio::error_code ignored;
    deadline_.cancel();
    socket_.close(ignored);
    home_.connections.erase(shared_from_this());
  }

 private:
  void arm(duration limit) {
    deadline_.expires_after(limit);
    deadline_.async_wait([self = shared_from_this()](const asio::error_code& cancelled) {
      if (!cancelled && self->socket_.is_open()) {
        ++self->home_.counts.slow;
        self->close();
      }
    });
  }

  void read_more() {
    socket_.async_read_some(
        asio::buffer(chunk_),
        [self = shared_from_this()](const asio::error_code& bad, std::size_t size) {
          if (self->socket_.is_open()) {
            self->on_read(bad, size);
          }
        });
  }

  void on_read(const asio::error_code& bad, std::size_t size) {
    if (bad) {
      ++home_.counts.broken;
      close();
      return;
    }
    head_.append(chunk_.data(), size);
    if (const auto end = end_of_head(head_)) {
      head_.resize(*end);
      on_head();
    } else if (head_.size() >= home_.limits.head_bytes) {
      refuse_with({431, "text/plain; charset=utf-8", "the head of a request is too large\n"});
    } else {
      read_more();
    }
  }

  void on_head() {
    arm(home_.limits.answer_time);
    auto request = read_head(head_);
    if (!request) {
      refuse_with(request.error());
      return;
    }
    head_only_ = request->head_only;
    home_.answer(*request, [self = shared_from_this()](http_response response) {
      if (self->socket_.is_open()) {
        self->write(response);
      }
    });
  }

  void refuse_with(const http_response& response) {
    ++home_.counts.refused;
    write(response);
  }

  void write(const http_response& response) {
    out_ = octets_of(response, head_only_);
    asio::async_write(socket_, asio::buffer(out_),
                      [self = shared_from_this()](const asio::error_code& bad, std::size_t) {
                        if (self->socket_.is_open()) {
                          self->on_written(bad);
                        }
                      });
  }

  void on_written(const asio::error_code& bad) {
    ++(bad ? home_.counts.broken : home_.counts.answered);
    asio::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    close();
  }

  impl& home_;
  tcp::socket socket_;
  asio::steady_timer deadline_;
  std::array<char, 2048> chunk_{};
  std::string head_;
  std::string out_;
  bool head_only_ = false;
};

void http_server::impl::accept() {
  acceptor.async_accept([this](const asio::error_code& bad, tcp::socket socket) {
    if (!acceptor.is_open()) {
      return;
    }
    if (!bad) {
      take(std::move(socket));
      accept();
      return;
    }
    // No descriptor is left, or who came has gone: not in a loop.
    pause.expires_after(pause_after_trouble);
    pause.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) {
        accept();
      }
    });
  });
}

void http_server::impl::take(tcp::socket socket) {
  if (connections.size() >= limits.connections) {
    ++counts.turned_away;
    return;
  }
  const auto one = std::make_shared<connection>(*this, std::move(socket));
  connections.insert(one);
  one->read();
}

http_server::http_server(std::unique_ptr<impl> made) : impl_{std::move(made)} {}

result<std::unique_ptr<http_server>> http_server::listen(const std::string& address,
                                                         http_limits limits) {
  const auto at = tcp_endpoint_of(address);
  if (!at) {
    return tl::make_unexpected(at.error());
  }
  try {
    auto made = std::make_unique<impl>(*at, limits);
    made->url = url_of(made->acceptor.local_endpoint());
    return std::unique_ptr<http_server>{new http_server{std::move(made)}};
  } catch (const asio::system_error& why) {
    return tl::make_unexpected(cannot_listen(address, at->port(), why.code()));
  }
}

http_server::~http_server() {
  stop();
}

void http_server::stop() {
  impl_->context.stop();
  if (impl_->thread.joinable()) {
    impl_->thread.join();
  }
  for (const auto& one : std::exchange(impl_->connections, {})) {
    one->close();
  }
}

void http_server::start(handler answer) {
  impl_->answer = std::move(answer);
  impl_->accept();
  impl_->thread = std::thread{[work = impl_.get()] { work->context.run(); }};
}

const std::string& http_server::url() const noexcept {
  return impl_->url;
}

const http_counts& http_server::counts() const noexcept {
  return impl_->counts;
}

void http_server::count_denied() noexcept {
  ++impl_->counts.denied;
}

void http_server::post(unique_function<void()> work) {
  asio::post(impl_->context, [job = std::move(work)]() mutable { job(); });
}

void http_server::after(duration delay, unique_function<void()> work) {
  auto timer = std::make_shared<asio::steady_timer>(impl_->context, delay);
  timer->async_wait([timer, job = std::move(work)](const asio::error_code& cancelled) mutable {
    if (!cancelled) {
      job();
    }
  });
}

}  // namespace kith::admin
