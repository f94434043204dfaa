// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a server knows of work that its callers gave a key: the replies to what is done, and which
// calls wait for what is at work. Pure.
//
// Design notes
// - At one server the handler is not run again for work whose reply is still kept, and not twice at
//   a time. An error is not kept: the work may be tried again.
// - A caller's keys are its own: work is named by who asks, the method and the key.
// - What another instance has done is not known here, nor what was done before a restart: who needs
//   that keeps the key with the data that it speaks of.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kith/time.hpp>

namespace kith::rpc {

struct repeated_calls_options {
  std::size_t replies = 4096;                       ///< kept; the oldest one goes for a new one
  std::size_t bytes = std::size_t{4} << 20;         ///< of them together, with their names
  std::size_t reply_bytes = std::size_t{64} << 10;  ///< a larger one is not kept
  duration age = std::chrono::seconds{60};          ///< and none for longer
  std::size_t followers = 256;                      ///< calls that wait for what is at work
  std::size_t follower_bytes = std::size_t{4} << 20;
};

class repeated_calls {
 public:
  struct work {
    std::string caller;
    std::string method;
    std::string key;
    auto operator<=>(const work&) const = default;
  };
  using call = std::pair<std::uint64_t, std::uint64_t>;  ///< session and number
  enum class finding : std::uint8_t {
    fresh,    ///< nothing is known of it
    at_work,  ///< a call for it runs
    done,     ///< its reply is kept
    differs,  ///< the key was given to another request
  };

  explicit repeated_calls(repeated_calls_options options = {}) noexcept : options_{options} {}

  /// `digest` of the request's body.
  [[nodiscard]] finding look_up(const work& what, std::uint64_t digest, time_point now);
  /// Of what is done. Until the next call of this.
  [[nodiscard]] const std::string& reply_to(const work& what) const;

  /// A call for fresh work begins.
  void begin(const work& what, std::uint64_t digest);
  /// A call waits for what is at work. False: too many do.
  bool follow(const work& what, call who, std::size_t bytes);
  /// One that waited does not any more.
  void leave(call who);
  /// What was at work has ended, without a reply to keep. Gives who waited for it.
  std::vector<call> end(const work& what);
  /// The same, with one. What is too large is not kept.
  std::vector<call> end(const work& what, std::string_view reply, time_point now);

  /// What is too old goes: `look_up` sees to it, too.
  void drop_expired(time_point now);
  /// When the oldest reply is too old.
  [[nodiscard]] std::optional<time_point> next_expiry() const noexcept;
  [[nodiscard]] std::size_t replies() const noexcept { return kept_.size(); }
  /// Calls that wait for what is at work.
  [[nodiscard]] std::size_t followers() const noexcept { return followers_.size(); }
  [[nodiscard]] std::size_t most_followers() const noexcept { return options_.followers; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct record {
    std::uint64_t digest = 0;
    std::optional<std::string> reply;  ///< none: at work
    time_point until{};
    std::vector<call> followers;
  };
  struct following {
    const work* what;
    std::size_t bytes;
  };
  using records = std::map<work, record>;

  static std::size_t size_of(const records::value_type& one) noexcept;
  std::vector<call> release(record& ended);
  void drop_oldest();

  repeated_calls_options options_;
  records records_;
  std::deque<records::iterator> kept_;  ///< those with a reply, oldest first
  std::size_t bytes_ = 0;
  std::map<call, following> followers_;
  std::size_t follower_bytes_ = 0;
};

}  // namespace kith::rpc
