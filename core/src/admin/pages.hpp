// SPDX-License-Identifier: MPL-2.0
#pragma once

// The pages of a node: /metrics, /status, /healthz, /readyz.
//
// Design notes
// - The node's loop only makes a snapshot, a struct; it is asked through its mailbox, at most one
//   question of a kind at a time and a snapshot five times a second. To render it, to write and to
//   wait is the pages' thread's.
// - A loop that does not answer within `patience` is told as such: 503. So /healthz is the loop's
//   health, not only the process's.

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/introspection.hpp>

#include "admin/http_server.hpp"
#include "runtime/mailbox.hpp"
#include "security/secret.hpp"

namespace kith::admin {

/// The node, as the pages ask it. Called on the pages' thread; `done` runs on the loop's, once, or
/// never when the loop has ended.
class subject {
 public:
  virtual ~subject() = default;
  virtual void ask_status(unique_function<void(node_status)> done) = 0;
  /// Its phase, as in node_status.
  virtual void ask_phase(unique_function<void(std::string)> done) = 0;
};

struct page_options {
  duration patience = std::chrono::seconds{2};
  duration reuse = std::chrono::milliseconds{200};  ///< of a snapshot
  bool any_host = false;  ///< answer also who came here under another name: not on loopback
  /// Null: nobody is asked for it. /healthz and /readyz, which tell of nobody, never ask.
  std::shared_ptr<const security::secret> token{};
  http_limits limits{};
};

class pages {
 public:
  /// Listens; errors as http_server::listen. `of` outlives them.
  static result<std::unique_ptr<pages>> open(const std::string& address, subject& of,
                                             page_options options = {});
  pages(const pages&) = delete;
  pages& operator=(const pages&) = delete;
  /// On the loop's thread, or when the loop has ended.
  ~pages();

  [[nodiscard]] const std::string& url() const noexcept { return server_->url(); }

 private:
  /// One question to the loop, and who waits for its answer.
  template <class T>
  struct question {
    std::vector<unique_function<void(const T*)>> waiting;  ///< null: it did not come in time
    std::uint64_t round = 0;  ///< of those who wait; it ends when they are told
    bool asked = false;       ///< the loop has not answered yet, be it late
  };

  pages(std::unique_ptr<http_server> server, subject& of, page_options options);
  void answer(const http_request& request, http_server::respond respond);
  [[nodiscard]] bool may_read(const http_request& request) const;
  template <class T, class Ask>
  void ask(question<T>& about, Ask ask_it,
           std::type_identity_t<unique_function<void(const T*)>> then);
  template <class T>
  static void tell(question<T>& about, const T* value);
  void with_status(unique_function<void(const node_status*)> then);
  void keep(const node_status& fresh);

  std::unique_ptr<http_server> server_;
  subject& subject_;
  page_options options_;
  std::shared_ptr<runtime::mailbox> home_;  ///< from the loop to the pages' thread
  // The pages' thread's:
  question<node_status> status_;
  question<std::string> phase_;
  std::optional<node_status> kept_;
};

}  // namespace kith::admin
