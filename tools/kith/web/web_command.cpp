// SPDX-License-Identifier: MPL-2.0

// kith web: while somebody looks at the page, the nodes are asked how they are, again and again,
// and what came of it is published to the page's server.

#include "kith/web/web_command.hpp"

#include <chrono>
#include <iostream>
#include <random>
#include <utility>

#include "base/endpoint.hpp"
#include "kith/base/hex_text.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/session.hpp"
#include "kith/base/table.hpp"
#include "kith/tap/tapping.hpp"
#include "kith/tap/trace_tree.hpp"
#include "kith/web/call_taps.hpp"
#include "kith/web/domain_picture.hpp"
#include "kith/web/web_server.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration answer_limit_of_node = 2s;
constexpr duration trace_limit = 3s;
constexpr duration look_step = 100ms;
constexpr duration between_documents = 500ms;
constexpr duration look_time = 2s;        ///< until somebody should have been found
constexpr duration attention = 10s;       ///< nobody looks when no page has asked for so long
constexpr duration call_attention = 6s;   ///< likewise, at the calls
constexpr std::size_t most_traces = 4;    ///< that are gathered at once
constexpr std::size_t most_steps = 2000;  ///< of a trace that are shown

/// For who may read what nodes tell only to those with a certificate: 128 bits.
std::string make_secret() {
  constexpr auto digits_of_word = "0123456789abcdef";
  constexpr int words = 4;
  constexpr int nibbles = 8;
  std::random_device random;
  std::string text;
  for (int i = 0; i < words; ++i) {
    auto word = random();
    for (int n = 0; n < nibbles; ++n, word >>= 4U) {
      text += digits_of_word[word & 0xfU];
    }
  }
  return text;
}

struct calls_document {
  std::vector<recent_call> calls;
  std::vector<std::string> refusals;
};
KITH_DESCRIBE(calls_document, calls, refusals)

struct trace_document {
  std::vector<trace_step> steps;
  std::uint64_t left_out = 0;
  std::uint64_t asked = 0;  ///< nodes
  std::uint64_t told = 0;   ///< those of them that showed all they had
};
KITH_DESCRIBE(trace_document, steps, left_out, asked, told)

/// What the command is at work with. The loop's.
struct webbing {
  explicit webbing(node& of)
      : on{of}, picture{of.description().id.to_string()}, taps{std::make_shared<call_taps>(of)} {}

  node& on;
  domain_picture picture;
  std::shared_ptr<call_taps> taps;
  std::optional<time_point> calls_wanted;
  std::size_t traces = 0;
  time_point nobody_from{};
  std::uint64_t state = 0;
  std::string last;  ///< document, encoded and without its number
};

void ask_nodes(const std::shared_ptr<webbing>& all) {
  auto& on = all->on;
  for (const auto& member : all->picture.look(on.members(), on.now())) {
    on.service(member.service)
        .call(get_status, nothing{},
              {.deadline = answer_limit_of_node, .instance = node_id::from_string(member.id)},
              [all, id = member.id](result<node_status> told) {
                if (told) {
                  all->picture.on_answer(id, std::move(*told), all->on.now());
                } else {
                  all->picture.on_failure(id, told.error(), all->on.now());
                }
              });
  }
}

/// Its number changes when something else does. That nobody is there is said after a while.
void publish_map(webbing& all, web_server& server) {
  auto document = all.picture.document();
  if (document.nodes.empty() && all.on.now() < all.nobody_from) {
    return;
  }
  document.domain = all.on.settings().domain;
  document.tool = "kith " KITH_VERSION;
  auto octets = encode(document);
  if (octets == all.last) {
    return;
  }
  all.last = std::move(octets);
  document.state = ++all.state;
  server.publish(document.state, json_of(document, false));
}

task<void> gather_trace(std::shared_ptr<webbing> all, std::string trace, web_server::give done) {
  std::vector<recorded> envelopes;
  tap_request wanted;
  wanted.trace = std::move(trace);
  wanted.all = true;
  wanted.past = true;
  wanted.follow = false;
  tapping taps{
      all->on, {}, std::move(wanted), [&](const recorded& one) { envelopes.push_back(one); }};
  taps.look();
  auto waiting = wait_until(
      all->on, [&taps] { return taps.ended(); }, trace_limit);
  co_await std::move(waiting);
  --all->traces;
  trace_document made;
  made.steps = flat(trace_tree(envelopes));
  if (made.steps.size() > most_steps) {
    made.left_out = made.steps.size() - most_steps;
    made.steps.resize(most_steps);
  }
  made.asked = taps.found();
  made.told = taps.good();
  done(json_of(made, false));
}

web_server::answers answers_of(const std::shared_ptr<webbing>& all) {
  web_server::answers how;
  how.on_calls = [all](web_server::give done) {
    all->calls_wanted = all->on.now();
    done(json_of(calls_document{all->taps->calls().latest(), all->taps->refusals()}, false));
  };
  how.on_trace = [all](std::string trace, web_server::give done) {
    if (all->traces >= most_traces) {
      done("{\"busy\": true}");
      return;
    }
    ++all->traces;
    all->on.spawn_background(gather_trace(all, std::move(trace), std::move(done)));
  };
  return how;
}

void look_at_calls(webbing& all) {
  if (all.calls_wanted && all.on.now() - *all.calls_wanted < call_attention) {
    all.taps->look(all.picture.living());
  } else if (std::exchange(all.calls_wanted, std::nullopt)) {
    all.taps->close();
  }
}

/// Until Ctrl-C.
task<void> keep_looking(std::shared_ptr<webbing> all, std::shared_ptr<web_server> server) {
  auto& on = all->on;
  std::uint64_t looks = 0;
  std::optional<time_point> looked;
  auto published = on.now() - between_documents;
  for (;;) {
    const auto now = on.now();
    if (server->looks() != looks) {
      looks = server->looks();
      all->nobody_from = looked ? all->nobody_from : now + look_time;
      looked = now;
    }
    if (looked && now - *looked < attention) {
      ask_nodes(all);
      if (now - published >= between_documents) {
        published = now;
        publish_map(*all, *server);
      }
    } else if (looked) {
      looked.reset();
      all->picture.forget();
      all->last.clear();
      server->publish(0, {});  // it would be of old
    }
    look_at_calls(*all);
    co_await on.sleep(look_step);
  }
}

}  // namespace

std::string web_usage(const web_options& options) {
  if (!endpoint::parse_host_port(options.listen)) {
    return "--listen " + printable(options.listen) +
           ": it must be ADDRESS:PORT, as in 127.0.0.1:7580; port 0 takes a free one";
  }
  const auto host = options.listen.substr(0, options.listen.rfind(':'));
  return admin::is_local_host(host) && !host.empty()
             ? std::string{}
             : "web serves this machine only: --listen 127.0.0.1:PORT. From another one: "
               "ssh -L 7580:127.0.0.1:7580 HOST, and look at http://127.0.0.1:7580";
}

task<exit_status> web(node& on, const network_options& common, const web_options& options) {
  const bool open_to_all = on.settings().trust.empty() && on.settings().keys.empty();
  auto opened = web_server::open(on, options.listen, open_to_all ? "" : make_secret());
  if (!opened) {
    const bool taken = opened.error().what() == errc::address_in_use;
    std::cerr << "kith: "
              << printable(taken ? "cannot serve the map at " + options.listen +
                                       ": something listens there, another `kith web` perhaps; "
                                       "--listen 127.0.0.1:0 takes a free port"
                                 : opened.error().message)
              << "\n";
    co_return exit_status::cannot_run;
  }
  const auto server = std::move(*opened);
  const auto all = std::make_shared<webbing>(on);
  server->start(answers_of(all));
  if (common.json) {
    std::cout << "{\"url\":\"" << server->url() << "\"}" << std::endl;
  } else {
    std::cout << server->url() << std::endl;
    std::cerr << "kith: the map of domain " << printable(on.settings().domain)
              << " is there until Ctrl-C; nodes are asked only while a page is open\n";
  }
  auto looking = keep_looking(all, server);
  co_await std::move(looking);
  co_return exit_status::ok;
}

}  // namespace kith::tool
