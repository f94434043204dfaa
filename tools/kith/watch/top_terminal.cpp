// SPDX-License-Identifier: MPL-2.0
#include "kith/watch/top_terminal.hpp"

#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>

// Its macros have the names of half the standard library.
#define NCURSES_NOMACROS
#include <curses.h>

#include "kith/base/colour.hpp"

namespace kith::tool {
namespace {

constexpr int escape_wait_ms = 25;  ///< a lone Esc, or the beginning of a key
constexpr int escape_code = 27;
constexpr int delete_code = 127;

short pair_of(paint with) noexcept {
  switch (with) {
    case paint::green: return 1;
    case paint::yellow: return 2;
    case paint::red: return 3;
    default: return 0;
  }
}

attr_t attributes_of(const styled_text& text) {
  auto attributes = static_cast<attr_t>(COLOR_PAIR(pair_of(text.with)));
  attributes |= text.strong ? A_BOLD : A_NORMAL;
  attributes |= text.inverse ? A_REVERSE : A_NORMAL;
  attributes |= text.with == paint::dim ? A_DIM : A_NORMAL;
  return attributes;
}

std::optional<top_key> key_of(int code) noexcept {
  switch (code) {
    case KEY_UP: return top_key::up;
    case KEY_DOWN: return top_key::down;
    case KEY_PPAGE: return top_key::page_up;
    case KEY_NPAGE: return top_key::page_down;
    case KEY_HOME: return top_key::home;
    case KEY_END: return top_key::end;
    case KEY_ENTER:
    case KEY_RIGHT:
    case '\r':
    case '\n': return top_key::enter;
    case KEY_LEFT:
    case escape_code: return top_key::escape;
    case KEY_BACKSPACE:
    case '\b':
    case delete_code: return top_key::backspace;
    case '\t': return top_key::tab;
    default: return std::nullopt;
  }
}

}  // namespace

result<std::unique_ptr<top_terminal>> top_terminal::open() {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    return fail(errc::io_error,
                "top draws on a terminal, and this is none: --once prints a table, --json is for "
                "programs");
  }
  std::setlocale(LC_CTYPE, "");
  // initscr would end the process.
  if (::newterm(nullptr, stdout, stdin) == nullptr) {
    const auto* const name = std::getenv("TERM");
    return fail(errc::io_error, "the terminal \"" + std::string{name == nullptr ? "" : name} +
                                    "\" is not known here: set TERM, or use --once");
  }
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::curs_set(0);
  ::set_escdelay(escape_wait_ms);
  if (has_colour() && ::has_colors()) {
    ::start_color();
    ::use_default_colors();
    ::init_pair(pair_of(paint::green), COLOR_GREEN, -1);
    ::init_pair(pair_of(paint::yellow), COLOR_YELLOW, -1);
    ::init_pair(pair_of(paint::red), COLOR_RED, -1);
  }
  return std::unique_ptr<top_terminal>{new top_terminal};
}

top_terminal::~top_terminal() {
  ::endwin();
}

std::optional<top_terminal::stroke> top_terminal::read() {
  const int code = ::wgetch(stdscr);
  if (code == ERR) {
    return std::nullopt;
  }
  if (const auto key = key_of(code)) {
    return stroke{*key};
  }
  const bool printable_code = code >= ' ' && code < delete_code;
  return stroke{top_key::letter, printable_code ? static_cast<char>(code) : '\0'};
}

std::pair<std::size_t, std::size_t> top_terminal::size() const {
  return {static_cast<std::size_t>(::getmaxx(stdscr)), static_cast<std::size_t>(::getmaxy(stdscr))};
}

void top_terminal::draw(const std::vector<styled_line>& lines) {
  ::werase(stdscr);
  int row = 0;
  for (const auto& line : lines) {
    ::wmove(stdscr, row++, 0);
    for (const auto& text : line) {
      ::wattrset(stdscr, static_cast<int>(attributes_of(text)));
      ::waddnstr(stdscr, text.text.data(), static_cast<int>(text.text.size()));
    }
  }
  ::wattrset(stdscr, A_NORMAL);
  ::wrefresh(stdscr);
}

}  // namespace kith::tool
