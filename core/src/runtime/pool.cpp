// SPDX-License-Identifier: MPL-2.0
#include "runtime/pool.hpp"

#include <utility>

#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

namespace kith::runtime {
namespace {

class thread_pool final : public pool {
 public:
  thread_pool(std::shared_ptr<mailbox> home, std::size_t threads, std::size_t queue_limit)
      : home_{std::move(home)},
        queue_limit_{queue_limit},
        most_{threads + queue_limit},
        threads_{threads} {}
  ~thread_pool() override { stop(); }

  result<void> run(unique_function<void()> work, unique_function<void()> done) override {
    if (stopped_) {
      return fail(errc::shutting_down, "the pool for blocking work has stopped");
    }
    if (*unfinished_ >= most_) {
      return fail(errc::queue_full, "the pool for blocking work has " +
                                        std::to_string(queue_limit_) + " jobs waiting");
    }
    ++*unfinished_;
    asio::post(threads_, [this, job = std::move(work), after = std::move(done)]() mutable {
      job();
      home_->post([count = unfinished_, then = std::move(after)]() mutable {
        --*count;
        then();
      });
    });
    return {};
  }

  void stop() override {
    if (!std::exchange(stopped_, true)) {
      threads_.stop();
      threads_.join();
    }
  }

 private:
  std::shared_ptr<mailbox> home_;
  std::size_t queue_limit_;
  std::size_t most_;
  /// The loop's: also what has run, until the loop has heard of it, so that the mailbox is bounded.
  std::shared_ptr<std::size_t> unfinished_ = std::make_shared<std::size_t>(0);
  bool stopped_ = false;
  asio::thread_pool threads_;
};

class inline_pool final : public pool {
 public:
  explicit inline_pool(loop& home) : home_{home} {}
  result<void> run(unique_function<void()> work, unique_function<void()> done) override {
    if (stopped_) {
      return fail(errc::shutting_down, "the pool for blocking work has stopped");
    }
    work();
    home_.post(std::move(done));
    return {};
  }
  void stop() override { stopped_ = true; }

 private:
  loop& home_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<pool> make_thread_pool(std::shared_ptr<mailbox> home, std::size_t threads,
                                       std::size_t queue_limit) {
  return std::make_unique<thread_pool>(std::move(home), threads, queue_limit);
}

std::unique_ptr<pool> make_inline_pool(loop& home) {
  return std::make_unique<inline_pool>(home);
}

}  // namespace kith::runtime
