// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a node gives to the pool: counted, and a part of the trace in which it was given.

#include <kith/errors.hpp>
#include <kith/function.hpp>

#include "ledger/books.hpp"
#include "runtime/loop.hpp"
#include "runtime/pool.hpp"

namespace kith::detail {

class blocking_work {
 public:
  blocking_work(runtime::loop& loop, runtime::pool& pool, ledger::books& books)
      : loop_{loop}, pool_{pool}, books_{books} {}

  /// `done` runs on the loop, later.
  void run(unique_function<void()> work, unique_function<void(result<void>)> done);

 private:
  runtime::loop& loop_;
  runtime::pool& pool_;
  ledger::books& books_;
};

}  // namespace kith::detail
