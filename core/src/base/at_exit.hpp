// SPDX-License-Identifier: MPL-2.0
#pragma once

// Runs a function when its scope is left, also by an exception. It must not throw.

#include <utility>

namespace kith {

template <class F>
class at_exit {
 public:
  explicit at_exit(F work) : work_{std::move(work)} {}
  at_exit(const at_exit&) = delete;
  at_exit& operator=(const at_exit&) = delete;
  ~at_exit() { work_(); }

 private:
  F work_;
};

}  // namespace kith
