// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Group commit: writes that are asked for while a commit runs share the next one. A commit costs a
/// sync of the disk however much it holds, so this is what makes a busy service fast.
///
/// Belongs to the loop's thread of its node; the SQL runs on the node's pool. Declare it before the
/// node: it must outlive it.

#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <kith/database.hpp>
#include <kith/node.hpp>

namespace services {

class batch_writer {
 public:
  static constexpr std::size_t max_batch = 256;
  static constexpr std::size_t max_waiting = 4096;  ///< more are refused: overloaded

  explicit batch_writer(kith::database& database) : database_{database} {}
  batch_writer(const batch_writer&) = delete;
  batch_writer& operator=(const batch_writer&) = delete;

  void run_on(kith::node& node) { node_ = &node; }

  /// Runs `work(transaction&)`, which does nothing but SQL, may be run again, and returns a value;
  /// ends when that is committed. What it throws undoes its own statements only; but an error of
  /// the database itself fails all who share the commit.
  template <class F>
  [[nodiscard]] auto write(F work)
      -> kith::operation<std::invoke_result_t<F&, kith::transaction&>> {
    using T = std::invoke_result_t<F&, kith::transaction&>;
    using completion = typename kith::operation<T>::completion;
    return kith::operation<T>{
        [this, work = std::move(work)](completion done) mutable -> kith::unique_function<void()> {
          auto kept = std::make_shared<std::optional<T>>();
          add({[kept, work = std::move(work)](kith::transaction& tx) mutable {
                 kept->emplace(work(tx));
               },
               [kept, done = std::move(done)](kith::result<void> ended) mutable {
                 done(ended ? kith::result<T>{std::move(**kept)}
                            : tl::make_unexpected(std::move(ended.error())));
               },
               {}});
          return {};
        }};
  }

  /// Runs `work(transaction&)`, which only reads.
  template <class F>
  [[nodiscard]] auto read(F work) {
    return node_->blocking(
        [this, work = std::move(work)]() mutable { return database_.read(work); });
  }

 private:
  struct job {
    kith::unique_function<void(kith::transaction&)> work;
    kith::unique_function<void(kith::result<void>)> done;
    std::optional<kith::error> refused;  // what `work` itself threw
  };
  using batch = std::vector<job>;

  void add(job one);
  kith::task<void> commit_all();
  batch take_batch();
  static void run(job& one, kith::transaction& tx);
  static void finish(batch& jobs, const std::optional<kith::error>& failed);

  kith::database& database_;
  kith::node* node_ = nullptr;
  std::deque<job> waiting_;
  bool running_ = false;
};

}  // namespace services
