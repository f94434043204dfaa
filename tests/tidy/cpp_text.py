# SPDX-License-Identifier: MPL-2.0
"""Just enough C++ to judge a file by: without comments, without strings, function by function."""

import re

_TOKEN = re.compile(
    r"""(?P<line_comment>//[^\n]*)
      | (?P<block_comment>/\*.*?\*/)
      | (?P<raw_string>R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<include>\#[ \t]*include[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<digits>\b\d[\d'a-fA-FxXbB.uUlL]*)
      | (?P<character>'(?:[^'\\\n]|\\.)+')""",
    re.VERBOSE | re.DOTALL,
)


def code_of(text):
    """The text with comments and the insides of strings blanked. Lines keep their numbers."""

    def blank(match):
        kind = match.lastgroup if match.lastgroup != "delimiter" else "raw_string"
        found = match.group(0)
        if kind in ("include", "digits"):
            return found
        newlines = "\n" * found.count("\n")
        return ('""' if kind in ("string", "raw_string") else "0" if kind == "character" else "") + newlines

    return _TOKEN.sub(blank, text)


_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()]*$")
_SPECIALIZATION = re.compile(r"^(template\s*<.*>\s*)?(class|struct)\b.*>\s*$", re.DOTALL)
_INITIALIZER = re.compile(r"\)[^;{}]*[^:]:[^:].*[\w>]\s*$", re.DOTALL)


def functions(code):
    """Yields (first line, last line, heading) of each function that is not inside another."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", _keep_lines, code, flags=re.MULTILINE)
    position, heading, start = 0, "", None
    while position < len(code):
        letter = code[position]
        if letter == "{":
            if _SCOPE.search(heading) or _SPECIALIZATION.search(heading):
                heading = ""
            else:
                end = _closing(code, position)
                if _INITIALIZER.search(heading):
                    heading += "{}"
                else:
                    if ")" in heading:
                        yield code.count("\n", 0, start) + 1, code.count("\n", 0, end) + 1, heading
                    heading = ""
                position = end
        elif letter in ";}":
            heading = ""
        else:
            if not heading.strip() and not letter.isspace():
                heading, start = "", position
            heading += letter
        position += 1


def _keep_lines(match):
    return "\n" * match.group(0).count("\n")


def _closing(code, opening):
    depth = 0
    for position in range(opening, len(code)):
        if code[position] == "{":
            depth += 1
        elif code[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1
