// SPDX-License-Identifier: MPL-2.0
#pragma once

// What is on the screen of `kith top`: which view of whom, sorted how, which line is marked. Keys
// and reports go in, lines come out; who draws them is another matter.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kith/watch/top_figures.hpp"
#include "kith/watch/top_tables.hpp"

namespace kith::tool {

enum class top_key : std::uint8_t {
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  enter,
  escape,
  backspace,
  tab,
  letter
};

/// One run of characters of a line that look alike.
struct styled_text {
  std::string text;
  paint with = paint::none;
  bool strong = false;   ///< headings
  bool inverse = false;  ///< the marked line
};
using styled_line = std::vector<styled_text>;

class top_screen {
 public:
  explicit top_screen(std::string title) : title_{std::move(title)} {}

  void show(top_report report, std::vector<std::string> complaints);
  /// `letter` is what was typed, with top_key::letter. False: it was "quit".
  bool press(top_key key, char letter = 0);
  /// Whose figures it wants.
  [[nodiscard]] const top_scope& scope() const noexcept { return scope_; }
  [[nodiscard]] bool paused() const noexcept { return paused_; }

  /// At most `height` lines of `width` columns each.
  [[nodiscard]] std::vector<styled_line> draw(std::size_t width, std::size_t height);

 private:
  struct order {
    std::size_t column = 0;
    bool reverse = false;
  };

  bool press_letter(char letter);
  void edit_filter(top_key key, char letter);
  void move(std::ptrdiff_t by);
  void go_in();
  void go_out();
  void go_to(top_view view);
  void sort_by(std::ptrdiff_t step);
  [[nodiscard]] top_table table() const;
  [[nodiscard]] std::size_t marked_of(const top_table& shown) const;
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::string status_line() const;
  [[nodiscard]] order& sorting() { return orders_[static_cast<std::size_t>(view_)]; }
  [[nodiscard]] const order& sorting() const { return orders_[static_cast<std::size_t>(view_)]; }

  std::string title_;
  top_report report_;
  std::vector<std::string> complaints_;
  top_scope scope_;
  std::string instance_;  ///< name of the scope's instance
  top_view view_ = top_view::services;
  std::array<order, top_views> orders_{};
  std::string filter_;
  std::string marked_;  ///< key of the line
  std::size_t first_ = 0;
  std::size_t page_ = 1;
  bool editing_ = false;
  bool paused_ = false;
  bool help_ = false;
};

}  // namespace kith::tool
