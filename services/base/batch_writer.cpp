// SPDX-License-Identifier: MPL-2.0
#include "base/batch_writer.hpp"

#include <algorithm>
#include <iterator>

namespace services {
namespace {

bool is_of_database(const kith::error& why) noexcept {
  return why.what() == kith::errc::database_busy || why.what() == kith::errc::database_failed;
}

}  // namespace

void batch_writer::add(job one) {
  if (waiting_.size() >= max_waiting) {
    one.done(kith::fail(kith::errc::overloaded,
                        std::to_string(max_waiting) + " writes wait for the database already"));
    return;
  }
  waiting_.push_back(std::move(one));
  if (!std::exchange(running_, true)) {
    // Later in this turn: what else the turn brings goes into the same commit.
    node_->post([this] { node_->spawn(commit_all()); });
  }
}

batch_writer::batch batch_writer::take_batch() {
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), max_batch));
  batch jobs{std::make_move_iterator(waiting_.begin()),
             std::make_move_iterator(waiting_.begin() + count)};
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  return jobs;
}

kith::task<void> batch_writer::commit_all() {
  while (!waiting_.empty()) {
    auto jobs = take_batch();
    std::optional<kith::error> failed;
    try {
      auto commit = node_->blocking([this, &jobs] {
        database_.transaction([&jobs](kith::transaction& tx) {
          for (auto& one : jobs) {
            run(one, tx);
          }
        });
      });
      co_await commit;
    } catch (const kith::failure& why) {
      failed = why.reason();
    }
    finish(jobs, failed);
  }
  running_ = false;
}

void batch_writer::run(job& one, kith::transaction& tx) {
  one.refused.reset();  // of a run before: a busy database runs all again
  tx.execute("SAVEPOINT one");
  try {
    one.work(tx);
  } catch (const kith::failure& why) {
    if (is_of_database(why.reason())) {
      throw;
    }
    one.refused = why.reason();
  } catch (const std::exception& why) {
    one.refused = kith::error{kith::errc::handler_failed, why.what()};
  }
  if (one.refused) {
    tx.execute("ROLLBACK TO one");
  }
  tx.execute("RELEASE one");
}

void batch_writer::finish(batch& jobs, const std::optional<kith::error>& failed) {
  for (auto& one : jobs) {
    const auto& why = failed ? failed : one.refused;
    one.done(why ? kith::result<void>{tl::make_unexpected(*why)} : kith::result<void>{});
  }
}

}  // namespace services
