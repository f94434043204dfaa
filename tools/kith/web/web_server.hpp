// SPDX-License-Identifier: MPL-2.0
#pragma once

// What `kith web` serves: the page, and the documents that it reads again and again.
//
// Design notes
// - HTTP has a thread of its own (admin/http_server.hpp). It has the latest document ready, so that
//   to read it costs the node's loop nothing; what takes the loop (the calls, a trace) goes there
//   and comes back through the two mailboxes.
// - Paths, for the page alone:
//     map/N     the document, or, when its state is still N, no more than its number
//     calls     what `on_calls` gives
//     trace/ID  what `on_trace` gives
//   Where there is a secret all of them, and the page, are below it: /SECRET/map/0.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <kith/errors.hpp>
#include <kith/node.hpp>

#include "admin/http_server.hpp"

namespace kith::tool {

class web_server : public std::enable_shared_from_this<web_server> {
 public:
  /// Runs on the node's loop and gives a JSON document, now or later.
  using give = unique_function<void(std::string)>;
  struct answers {
    std::function<void(give)> on_calls;
    std::function<void(std::string trace, give)> on_trace;
  };

  /// Listens at `address`, which must be on loopback; errors say what to do. `secret` may be empty.
  static result<std::shared_ptr<web_server>> open(node& on, const std::string& address,
                                                  std::string secret);
  web_server(const web_server&) = delete;
  web_server& operator=(const web_server&) = delete;
  ~web_server();

  /// Once.
  void start(answers how);
  /// Where to look: with the secret.
  [[nodiscard]] std::string url() const;
  /// How often the map was asked for. Any thread.
  [[nodiscard]] std::uint64_t looks() const noexcept { return looks_; }
  /// The map is this from now on; empty: none is known.
  void publish(std::uint64_t state, std::string document);

 private:
  using http_request = admin::http_request;
  using respond = admin::http_server::respond;

  web_server(node& on, std::unique_ptr<admin::http_server> http, std::string secret);
  // On the thread of HTTP:
  void answer(const http_request& request, respond reply);
  void answer_map(std::string_view seen, respond reply);
  void ask_loop(respond reply, unique_function<void(web_server&, give)> ask);
  /// On the loop.
  void tell(std::uint64_t number, std::string document);

  node& on_;
  std::string secret_;
  answers how_;  ///< the loop's
  std::atomic<std::uint64_t> looks_{0};
  // The thread's of HTTP:
  std::map<std::uint64_t, respond> waiting_;  ///< for what the loop answers
  std::uint64_t asked_ = 0;
  std::uint64_t state_ = 0;
  std::shared_ptr<const std::string> document_;
  std::unique_ptr<admin::http_server> http_;  ///< last: its thread ends before the rest
};

}  // namespace kith::tool
