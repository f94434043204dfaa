// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Checks of what others send, with errors that name the field.

#include <cstddef>
#include <string>
#include <string_view>

#include <kith/errors.hpp>

namespace services {

/// `invalid_argument` at `field`.
tl::unexpected<kith::error> wrong(std::string field, std::string message);

/// 1 to `most` octets.
kith::result<void> check_name(std::string_view field, std::string_view value, std::size_t most);

/// At most `most` octets.
kith::result<void> check_length(std::string_view field, std::string_view value, std::size_t most);

/// Throws the error, if it is one.
template <class T>
T or_throw(kith::result<T> checked) {
  if (!checked) {
    throw kith::failure{std::move(checked.error())};
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*checked);
  }
}

}  // namespace services
