// SPDX-License-Identifier: MPL-2.0
#include "admin/pages.hpp"

#include <utility>

#include "admin/metrics.hpp"
#include "admin/process.hpp"

namespace kith::admin {
namespace {

constexpr std::string_view index_text =
    "/metrics  for Prometheus\n"
    "/status   everything, as JSON\n"
    "/healthz  200 while the node's loop turns\n"
    "/readyz   200 while the node takes calls\n";

constexpr std::string_view token_wanted =
    "these pages are for who has this node's token (admin_token): Authorization: Bearer TOKEN\n";

http_response not_in_time() {
  return {503, "text/plain; charset=utf-8", "the node's loop did not answer in time\n"};
}

http_response metrics_page(const node_status& status, const http_request& request,
                           const http_counts& counts) {
  const auto format = preferred_format(request.accept);
  return {200, std::string{content_type_of(format)}, metrics_text(status, counts, format)};
}

http_response status_page(const node_status& status) {
  constexpr int indent = 2;
  auto text = msgpack_to_json(encode(status), indent);
  if (!text) {
    return {500, "text/plain; charset=utf-8",
            "there is too much of it: " + text.error().message + "\n"};
  }
  return {200, "application/json", std::move(*text) + "\n"};
}

http_response readiness(const std::string& phase) {
  return {phase == "running" ? 200 : 503, "text/plain; charset=utf-8", phase + "\n"};
}

}  // namespace

result<std::unique_ptr<pages>> pages::open(const std::string& address, subject& of,
                                           page_options options) {
  auto server = http_server::listen(address, options.limits);
  if (!server) {
    return tl::make_unexpected(std::move(server.error()));
  }
  return std::unique_ptr<pages>{new pages{std::move(*server), of, options}};
}

pages::pages(std::unique_ptr<http_server> server, subject& of, page_options options)
    : server_{std::move(server)},
      subject_{of},
      options_{options},
      home_{std::make_shared<runtime::mailbox>(
          [this](unique_function<void()> work) { server_->post(std::move(work)); })} {
  server_->start([this](const http_request& request, http_server::respond respond) {
    answer(request, std::move(respond));
  });
}

pages::~pages() {
  home_->close();
  server_->stop();
}

void pages::answer(const http_request& request, http_server::respond respond) {
  if (!options_.any_host && !is_local_host(request.host)) {
    respond({403, "text/plain; charset=utf-8", "ask this node by its address, as 127.0.0.1\n"});
  } else if (!may_read(request)) {
    server_->count_denied();
    respond({401, "text/plain; charset=utf-8", std::string{token_wanted}});
  } else if (request.path == "/metrics") {
    with_status([this, request, reply = std::move(respond)](const node_status* status) mutable {
      reply(status == nullptr ? not_in_time() : metrics_page(*status, request, server_->counts()));
    });
  } else if (request.path == "/status") {
    with_status([reply = std::move(respond)](const node_status* status) mutable {
      reply(status == nullptr ? not_in_time() : status_page(*status));
    });
  } else if (request.path == "/healthz" || request.path == "/readyz") {
    const bool ready = request.path == "/readyz";
    ask(
        phase_, [this](auto done) { subject_.ask_phase(std::move(done)); },
        [ready, reply = std::move(respond)](const std::string* phase) mutable {
          reply(phase == nullptr ? not_in_time()
                : ready          ? readiness(*phase)
                                 : http_response{200, "text/plain; charset=utf-8", "ok\n"});
        });
  } else if (request.path == "/") {
    respond({200, "text/plain; charset=utf-8", std::string{index_text}});
  } else {
    respond({404, "text/plain; charset=utf-8", std::string{index_text}});
  }
}

bool pages::may_read(const http_request& request) const {
  return !options_.token || request.path == "/healthz" || request.path == "/readyz" ||
         options_.token->is(request.token);
}

template <class T, class Ask>
void pages::ask(question<T>& about, Ask ask_it,
                std::type_identity_t<unique_function<void(const T*)>> then) {
  about.waiting.push_back(std::move(then));
  if (about.waiting.size() == 1) {
    server_->after(options_.patience, [&about, round = ++about.round] {
      if (about.round == round) {
        tell<T>(about, nullptr);
      }
    });
  }
  if (!std::exchange(about.asked, true)) {
    ask_it([home = home_, &about](T value) {
      home->post([&about, kept = std::move(value)] {
        about.asked = false;
        tell(about, &kept);
      });
    });
  }
}

template <class T>
void pages::tell(question<T>& about, const T* value) {
  ++about.round;
  for (auto& then : std::exchange(about.waiting, {})) {
    then(value);
  }
}

void pages::with_status(unique_function<void(const node_status*)> then) {
  if (kept_) {
    then(&*kept_);
    return;
  }
  ask(
      status_, [this](auto done) { subject_.ask_status(std::move(done)); },
      [this, tell_it = std::move(then)](const node_status* status) mutable {
        if (status != nullptr && !kept_) {
          keep(*status);
        }
        tell_it(status == nullptr ? nullptr : &*kept_);
      });
}

/// For who asks again at once: a snapshot costs the loop something.
void pages::keep(const node_status& fresh) {
  kept_ = fresh;
  const auto started = kept_->process.started_us;
  kept_->process = process_with_descriptors();
  kept_->process.started_us = started;
  server_->after(options_.reuse, [this] { kept_.reset(); });
}

}  // namespace kith::admin
