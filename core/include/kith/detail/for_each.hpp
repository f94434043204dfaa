// SPDX-License-Identifier: MPL-2.0
#pragma once

// The preprocessor's part of KITH_DESCRIBE: one macro for each of up to 80 arguments.
// Each EXPAND rescans what is inside it, which is what lets AGAIN come round once more.
// (David Mazieres, "Recursive macros with C++20 __VA_OPT__".)

#define KITH_DETAIL_PARENTHESES ()
#define KITH_DETAIL_EXPAND(...) \
  KITH_DETAIL_EXPAND_16(        \
      KITH_DETAIL_EXPAND_16(KITH_DETAIL_EXPAND_16(KITH_DETAIL_EXPAND_16(__VA_ARGS__))))
#define KITH_DETAIL_EXPAND_16(...) \
  KITH_DETAIL_EXPAND_4(            \
      KITH_DETAIL_EXPAND_4(KITH_DETAIL_EXPAND_4(KITH_DETAIL_EXPAND_4(__VA_ARGS__))))
#define KITH_DETAIL_EXPAND_4(...) \
  KITH_DETAIL_EXPAND_1(           \
      KITH_DETAIL_EXPAND_1(KITH_DETAIL_EXPAND_1(KITH_DETAIL_EXPAND_1(__VA_ARGS__))))
#define KITH_DETAIL_EXPAND_1(...) __VA_ARGS__

#define KITH_DETAIL_FOR_EACH(macro, ...) \
  __VA_OPT__(KITH_DETAIL_EXPAND(KITH_DETAIL_STEP(macro, __VA_ARGS__)))
#define KITH_DETAIL_STEP(macro, first, ...) \
  macro(first) __VA_OPT__(KITH_DETAIL_AGAIN KITH_DETAIL_PARENTHESES(macro, __VA_ARGS__))
#define KITH_DETAIL_AGAIN() KITH_DETAIL_STEP

// Each begins with a comma: the name of the type stands before the first.
#define KITH_DETAIL_FIELD(name) , ::kith::detail::field_of<kith_self, &kith_self::name>(#name)
#define KITH_DETAIL_NAME(name) , ::kith::detail::name_of_field<&kith_self::name>(#name)
#define KITH_DETAIL_ENUMERATOR(name)                    \
  , ::kith::detail::enumerator_info {                   \
#name, static_cast < std::int64_t>(kith_self::name) \
  }
