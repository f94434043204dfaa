// SPDX-License-Identifier: MPL-2.0
#include "kith/web/web_server.hpp"

#include <optional>
#include <utility>

#include "kith/web/page_files.hpp"

namespace kith::tool {
namespace {

constexpr auto page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::size_t trace_digits = 32;
constexpr std::size_t most_waiting = 64;

admin::http_response plain_answer(int status, std::string what) {
  return {status, "text/plain; charset=utf-8", std::move(what)};
}

admin::http_response json_answer(std::string what) {
  return {200, "application/json", std::move(what)};
}

bool is_trace(std::string_view text) noexcept {
  return text.size() == trace_digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// What is behind it; nullopt: it does not begin so.
std::optional<std::string_view> rest_behind(std::string_view path,
                                            std::string_view beginning) noexcept {
  return path.starts_with(beginning) ? std::optional{path.substr(beginning.size())} : std::nullopt;
}

/// As long for what is wrong as for what is right.
bool is_secret(std::string_view a, std::string_view b) noexcept {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

}  // namespace

result<std::shared_ptr<web_server>> web_server::open(node& on, const std::string& address,
                                                     std::string secret) {
  auto http = admin::http_server::listen(address);
  if (!http) {
    return tl::make_unexpected(std::move(http.error()));
  }
  return std::shared_ptr<web_server>{new web_server{on, std::move(*http), std::move(secret)}};
}

web_server::web_server(node& on, std::unique_ptr<admin::http_server> http, std::string secret)
    : on_{on}, secret_{std::move(secret)}, http_{std::move(http)} {}

web_server::~web_server() {
  http_->stop();
  waiting_.clear();  // they hold what belongs to the server
}

void web_server::start(answers how) {
  how_ = std::move(how);
  http_->start(
      [this](const http_request& request, respond reply) { answer(request, std::move(reply)); });
}

std::string web_server::url() const {
  return http_->url() + "/" + (secret_.empty() ? "" : secret_ + "/");
}

void web_server::publish(std::uint64_t state, std::string document) {
  http_->post([this, state, made = std::make_shared<const std::string>(std::move(document))] {
    state_ = state;
    document_ = made;
  });
}

void web_server::answer(const http_request& request, respond reply) {
  std::string_view path{request.path};
  path.remove_prefix(1);
  if (!admin::is_local_host(request.host)) {
    reply(plain_answer(403, "ask by the address of this machine, as 127.0.0.1\n"));
    return;
  }
  if (!secret_.empty()) {
    const auto end = path.find('/');
    if (end == std::string_view::npos || !is_secret(path.substr(0, end), secret_)) {
      reply(plain_answer(403, "open the address that `kith web` printed: it has a secret in it\n"));
      return;
    }
    path.remove_prefix(end + 1);
  }
  if (const auto seen = rest_behind(path, "map/")) {
    answer_map(*seen, std::move(reply));
  } else if (path == "calls") {
    ask_loop(std::move(reply),
             [](web_server& home, give done) { home.how_.on_calls(std::move(done)); });
  } else if (const auto trace = rest_behind(path, "trace/"); trace && is_trace(*trace)) {
    ask_loop(std::move(reply), [id = std::string{*trace}](web_server& home, give done) {
      home.how_.on_trace(id, std::move(done));
    });
  } else {
    const auto wanted = path.empty() ? std::string_view{"index.html"} : path;
    for (const auto& file : page_files()) {
      if (file.name == wanted) {
        reply({200, std::string{file.type}, std::string{file.text}, page_policy});
        return;
      }
    }
    reply(plain_answer(404, "there is no such page\n"));
  }
}

void web_server::answer_map(std::string_view seen, respond reply) {
  ++looks_;
  if (!document_ || document_->empty()) {
    reply(json_answer("{\"state\": 0}"));
  } else if (seen == std::to_string(state_)) {
    reply(json_answer("{\"state\": " + std::string{seen} + "}"));
  } else {
    reply(json_answer(*document_));
  }
}

void web_server::ask_loop(respond reply, unique_function<void(web_server&, give)> ask) {
  if (waiting_.size() >= most_waiting) {
    reply(plain_answer(503, "too much is asked for\n"));
    return;
  }
  const auto number = ++asked_;
  waiting_.emplace(number, std::move(reply));
  const auto taken = on_.post([home = weak_from_this(), number, ask_it = std::move(ask)]() mutable {
    if (const auto self = home.lock()) {
      ask_it(*self, [home, number](std::string document) {
        if (const auto there = home.lock()) {
          there->tell(number, std::move(document));
        }
      });
    }
  });
  if (!taken) {
    waiting_.extract(number).mapped()(plain_answer(503, "too much is asked for\n"));
  }
}

void web_server::tell(std::uint64_t number, std::string document) {
  http_->post([this, number, made = std::move(document)]() mutable {
    if (auto one = waiting_.extract(number)) {
      one.mapped()(json_answer(std::move(made)));
    }
  });
}

}  // namespace kith::tool
