// SPDX-License-Identifier: MPL-2.0
#pragma once

// Runs a function when its scope is left, also by an exception. It must not throw.

#include <utility>

namespace kith {

template <class F>
class scope_exit {
 public:
  explicit scope_exit(F work) : work_{std::move(work)} {}
  scope_exit(const scope_exit&) = delete;
  scope_exit& operator=(const scope_exit&) = delete;
  ~scope_exit() { work_(); }

 private:
  F work_;
};

}  // namespace kith
