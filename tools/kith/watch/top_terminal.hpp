// SPDX-License-Identifier: MPL-2.0
#pragma once

// The terminal of `kith top`, by ncurses. One at a time; the destructor gives the terminal back.

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include <kith/errors.hpp>

#include "kith/watch/top_screen.hpp"

namespace kith::tool {

class top_terminal {
 public:
  /// io_error when standard input and output are no terminal, or one that ncurses does not know.
  static result<std::unique_ptr<top_terminal>> open();
  top_terminal(const top_terminal&) = delete;
  top_terminal& operator=(const top_terminal&) = delete;
  ~top_terminal();

  struct stroke {
    top_key key;
    char letter = 0;
  };
  /// What was typed; nullopt: nothing (any more) for now. A new size counts as a key that does
  /// nothing, so that it is drawn anew.
  [[nodiscard]] std::optional<stroke> read();
  [[nodiscard]] std::pair<std::size_t, std::size_t> size() const;  ///< columns, lines
  void draw(const std::vector<styled_line>& lines);

 private:
  top_terminal() = default;
};

}  // namespace kith::tool
