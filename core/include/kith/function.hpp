// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// A move-only callable (C++23's std::move_only_function, for C++20). Small ones live inside.

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace kith {

template <class Signature>
class unique_function;

/// Holds one callable, moves but does not copy. Calling an empty one is undefined: test it first.
template <class R, class... Args>
class unique_function<R(Args...)> {
  static constexpr std::size_t inline_size = 48;

 public:
  unique_function() noexcept = default;
  unique_function(std::nullptr_t) noexcept {}

  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, unique_function> &&
             std::is_invocable_r_v<R, std::remove_cvref_t<F>&, Args...>)
  unique_function(F&& callable) {
    using callable_type = std::remove_cvref_t<F>;
    if constexpr (fits<callable_type>) {
      ::new (static_cast<void*>(storage_)) callable_type(std::forward<F>(callable));
      table_ = &inline_table<callable_type>;
    } else {
      ::new (static_cast<void*>(storage_))
          callable_type*(std::make_unique<callable_type>(std::forward<F>(callable)).release());
      table_ = &heap_table<callable_type>;
    }
  }

  unique_function(unique_function&& other) noexcept { take(other); }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  unique_function(const unique_function&) = delete;
  unique_function& operator=(const unique_function&) = delete;
  ~unique_function() { reset(); }

  explicit operator bool() const noexcept { return table_ != nullptr; }
  R operator()(Args... args) { return table_->call(storage_, std::forward<Args>(args)...); }

 private:
  struct table {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };

  template <class F>
  static constexpr bool fits =
      sizeof(F) <= inline_size &&
      alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static constexpr table inline_table{[](void* at, Args&&... args) -> R {
                                        return (*static_cast<F*>(at))(std::forward<Args>(args)...);
                                      },
                                      [](void* from, void* to) noexcept {
                                        ::new (to) F(std::move(*static_cast<F*>(from)));
                                        static_cast<F*>(from)->~F();
                                      },
                                      [](void* at) noexcept { static_cast<F*>(at)->~F(); }};

  template <class F>
  static constexpr table heap_table{
      [](void* at, Args&&... args) -> R {
        return (**static_cast<F**>(at))(std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
      [](void* at) noexcept { delete *static_cast<F**>(at); }};

  void take(unique_function& other) noexcept {
    if (other.table_ != nullptr) {
      other.table_->move(other.storage_, storage_);
      table_ = std::exchange(other.table_, nullptr);
    }
  }
  void reset() noexcept {
    if (table_ != nullptr) {
      std::exchange(table_, nullptr)->destroy(storage_);
    }
  }

  alignas(std::max_align_t) std::byte storage_[inline_size];
  const table* table_ = nullptr;
};

}  // namespace kith
