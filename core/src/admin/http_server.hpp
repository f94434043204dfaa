// SPDX-License-Identifier: MPL-2.0
#pragma once

// A small HTTP server for pages that are only read, on a thread of its own.
//
// Design notes
// - One thread, one Asio context; a connection is a row with a deadline. It carries one request and
//   is then closed, so nobody holds a place for longer than `request_time` and `answer_time`
//   together, however slowly it writes or reads.
// - Who sends no whole head in time, or takes its answer too slowly, is cut off; who comes while
//   all places are taken is hung up on. Both are counted.
// - The handler runs on that thread and answers now or later, with a function that may be called
//   there only.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/time.hpp>

#include "admin/http_request.hpp"

namespace kith::admin {

struct http_limits {
  std::size_t connections = 32;  ///< at once
  std::size_t head_bytes = 8192;
  duration request_time = std::chrono::seconds{5};  ///< for the whole head to come
  duration answer_time = std::chrono::seconds{10};  ///< for the answer to be made and taken
};

/// Since the start; any thread.
struct http_counts {
  std::atomic<std::uint64_t> answered{0};     ///< whole answers that went out
  std::atomic<std::uint64_t> refused{0};      ///< of them: those to what was no good request
  std::atomic<std::uint64_t> denied{0};       ///< likewise: to who had not the token
  std::atomic<std::uint64_t> turned_away{0};  ///< no place was free
  std::atomic<std::uint64_t> slow{0};         ///< cut off: the head or the answer took too long
  std::atomic<std::uint64_t> broken{0};       ///< hung up before they had their answer
};

class http_server {
 public:
  using respond = unique_function<void(http_response)>;
  using handler = unique_function<void(const http_request&, respond)>;

  /// Listens at `address`, "127.0.0.1:9100" or "[::1]:0" for any free port. bad_config;
  /// address_in_use or io_error with what to do.
  static result<std::unique_ptr<http_server>> listen(const std::string& address,
                                                     http_limits limits = {});
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  ~http_server();

  /// Once. From now on there is a thread.
  void start(handler answer);
  /// Ends the thread; open connections are closed. What was to be answered may be thrown away then.
  void stop();

  /// "http://127.0.0.1:9100", with the real port.
  [[nodiscard]] const std::string& url() const noexcept;
  [[nodiscard]] const http_counts& counts() const noexcept;
  /// The handler had to refuse somebody. Any thread.
  void count_denied() noexcept;

  /// Runs `work` on the server's thread, unless that has ended. Any thread.
  void post(unique_function<void()> work);
  /// Runs `work` on the server's thread in a while. That thread only.
  void after(duration delay, unique_function<void()> work);

 private:
  struct impl;
  explicit http_server(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

}  // namespace kith::admin
