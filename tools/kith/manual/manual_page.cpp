// SPDX-License-Identifier: MPL-2.0
#include "kith/manual/manual_page.hpp"

#include <cctype>
#include <sstream>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/manual/command_tree.hpp"

namespace kith::tool {
namespace {

constexpr std::string_view examples_heading = "Examples:";

/// So that roff takes no character for one of its own.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '\'': out += "\\(aq"; break;
      case '"': out += "\\(dq"; break;
      case '`': out += "\\(ga"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      default: out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    lines.push_back(std::move(line));
  }
  return lines;
}

/// Lines that are indented stay as they are; others flow.
class paragraphs {
 public:
  explicit paragraphs(std::string& out) : out_{out} {}
  void add(const std::string& line) {
    const bool as_it_is = line.starts_with(' ');
    if (as_it_is != verbatim_) {
      out_ += as_it_is ? ".nf\n" : ".fi\n";
      verbatim_ = as_it_is;
    }
    out_ += line.empty() ? ".PP\n" : roff(line) + "\n";
  }
  void end() {
    if (verbatim_) {
      out_ += ".fi\n";
    }
  }

 private:
  std::string& out_;
  bool verbatim_ = false;
};

/// A footer begins with its examples, up to the first empty line, if it has any.
struct footer_parts {
  std::vector<std::string> examples;
  std::vector<std::string> notes;
};

footer_parts parts_of(const std::string& footer) {
  footer_parts parts;
  bool in_examples = false;
  for (auto& line : lines_of(footer)) {
    if (line == examples_heading) {
      in_examples = true;
    } else if (in_examples && !line.empty()) {
      parts.examples.push_back(std::move(line));
    } else if (in_examples || !line.empty() || !parts.notes.empty()) {
      if (!in_examples) {
        parts.notes.push_back(std::move(line));
      }
      in_examples = false;
    }
  }
  return parts;
}

std::string value_name(const CLI::Option& option) {
  return takes_value(option) ? option.get_type_name() : std::string{};
}

std::string sentence(std::string text) {
  if (!text.empty()) {
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    text += text.ends_with('.') ? "" : ".";
  }
  return text;
}

void add_option(std::string& out, const CLI::Option& option) {
  out += ".TP\n";
  std::string names;
  for (const auto& name : spellings_of(option)) {
    names += (names.empty() ? "\\fB" : "\\fR, \\fB") + roff(name);
  }
  const auto value = value_name(option);
  out += names + "\\fR" + (value.empty() ? "" : " \\fI" + roff(value) + "\\fR") + "\n" +
         roff(option.get_description()) + "\n";
}

void add_positional(std::string& out, const CLI::Option& option) {
  out +=
      ".TP\n\\fI" + roff(option.get_name(true)) + "\\fR\n" + roff(option.get_description()) + "\n";
}

std::string synopsis_of(const listed_command& command) {
  std::string text = "kith " + command.path + " [OPTIONS]";
  for (const auto* one : positionals_of(*command.app)) {
    const auto name = one->get_name(true) + (one->get_items_expected_max() > 1 ? " ..." : "");
    text += one->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

void add_command(std::string& out, const listed_command& command) {
  const auto& app = *command.app;
  const bool is_leaf = app.get_subcommands(std::function<bool(const CLI::App*)>{}).empty();
  out += ".SS \"" + roff(is_leaf ? synopsis_of(command) : "kith " + command.path) + "\"\n" +
         roff(sentence(app.get_description())) + "\n";
  for (const auto* one : positionals_of(app)) {
    add_positional(out, *one);
  }
  for (const auto* one : options_of(app)) {
    if (one->get_group() != common_group && one != app.get_help_ptr()) {
      add_option(out, *one);
    }
  }
  const auto notes = parts_of(app.get_footer()).notes;
  if (!notes.empty()) {
    out += ".PP\n";
    paragraphs text{out};
    for (const auto& line : notes) {
      text.add(line);
    }
    text.end();
  }
}

/// Once, as the first command that has them has them.
void add_network_options(std::string& out, const std::vector<listed_command>& commands) {
  for (const auto& one : commands) {
    const auto options = options_of(*one.app, common_group);
    if (!options.empty()) {
      for (const auto* option : options) {
        add_option(out, *option);
      }
      return;
    }
  }
}

void add_statuses(std::string& out, const std::string& statuses) {
  for (const auto& line : lines_of(statuses)) {
    const auto begin = line.find_first_not_of(' ');
    if (begin == std::string::npos || begin == 0) {
      continue;  // the heading
    }
    if (std::isdigit(static_cast<unsigned char>(line[begin])) == 0) {
      out += roff(line.substr(begin)) + "\n";
      continue;
    }
    const auto end = line.find(' ', begin);
    out += ".TP\n\\fB" + line.substr(begin, end - begin) + "\\fR\n" +
           roff(line.substr(line.find_first_not_of(' ', end))) + "\n";
  }
}

void add_examples(std::string& out, const std::vector<listed_command>& commands) {
  for (const auto& one : commands) {
    const auto examples = parts_of(one.app->get_footer()).examples;
    if (!examples.empty()) {
      out += ".SS \"kith " + roff(one.path) + "\"\n";
      paragraphs text{out};
      for (const auto& line : examples) {
        text.add(line);
      }
      text.end();
    }
  }
}

/// "kith \- looks at the nodes": the first sentence, as apropos(1) lists it.
std::string title_of(const std::string& about) {
  auto title = about.substr(0, about.find(".\n"));
  title.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(title.front())));
  return title;
}

}  // namespace

std::string manual_page(const CLI::App& app, const manual_texts& texts) {
  const auto commands = commands_of(app);
  std::string out = ".TH KITH 1 \"\" \"" + roff(texts.version) + "\" \"kith\"\n";
  out += ".SH NAME\nkith \\- " + roff(title_of(app.get_description())) + "\n";
  out += ".SH SYNOPSIS\n\\fBkith\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENT\\fR ...]\n";
  out += ".SH DESCRIPTION\n";
  paragraphs about{out};
  for (const auto& line : lines_of(app.get_description())) {
    about.add(line);
  }
  about.end();
  out += ".SH COMMANDS\n";
  for (const auto& one : commands) {
    if (!one.path.empty()) {
      add_command(out, one);
    }
  }
  out += ".SH OPTIONS\nThese are the program's own:\n";
  for (const auto* option : options_of(app)) {
    add_option(out, *option);
  }
  out += ".PP\nAnd these belong to each command that looks at a domain:\n";
  add_network_options(out, commands);
  out += ".SH EXIT STATUS\n";
  add_statuses(out, texts.statuses);
  out += ".SH ENVIRONMENT\n";
  for (const auto& line : lines_of(texts.variables)) {
    out += roff(line) + "\n";
  }
  out += ".SH EXAMPLES\n";
  add_examples(out, commands);
  return out;
}

}  // namespace kith::tool
