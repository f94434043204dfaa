# SPDX-License-Identifier: MPL-2.0
"""Where in a TOML text each key stands: tomllib gives values without lines, and an error needs one.

It reads only what tomllib has accepted already, so it need not know what is wrong."""

import re
import tomllib

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")' r"|'''.*?'''(?!')" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'", re.DOTALL)
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
SCALAR = re.compile(r"[^,\]}\n#]+")


def lines_of(text):
    """{("service", "order", "instances"): 12, ...}; elements of an array by their number."""
    return _Scanner(text).document()


class _Scanner:
    def __init__(self, text):
        self.text = text
        self.at = 0
        self.lines = {}

    def document(self):
        table = ()
        self.blank()
        while self.at < len(self.text):
            if self.take("["):
                double = self.take("[")
                table = self.key(())
                self.take("]")
                if double:
                    self.take("]")
            else:
                self.pair(table)
            self.blank()
        return self.lines

    def pair(self, table):
        path = self.key(table)
        self.take("=")
        self.blank()
        self.value(path)

    def key(self, table):
        """A dotted key; each part of it stands on this line, unless it stood somewhere before."""
        path = table
        while True:
            self.blank()
            path += (self.key_part(),)
            self.lines.setdefault(path, self.text.count("\n", 0, self.at) + 1)
            self.blank()
            if not self.take("."):
                return path

    def key_part(self):
        quoted = STRING.match(self.text, self.at)
        found = quoted or BARE_KEY.match(self.text, self.at)
        self.at = found.end()
        return tomllib.loads(f"key = {found.group()}")["key"] if quoted else found.group()

    def value(self, path):
        if self.take("["):
            self.items("]", lambda number: self.element(path, number))
        elif self.take("{"):
            self.items("}", lambda _: self.pair(path))
        else:
            scalar = STRING.match(self.text, self.at) or SCALAR.match(self.text, self.at)
            self.at = scalar.end()

    def items(self, end, read):
        number = 0
        self.blank()
        while not self.take(end):
            read(number)
            number += 1
            self.blank()
            self.take(",")
            self.blank()

    def element(self, path, number):
        self.lines[path + (number,)] = self.text.count("\n", 0, self.at) + 1
        self.value(path + (number,))

    def blank(self):
        self.at = BLANK.match(self.text, self.at).end()

    def take(self, what):
        if self.text.startswith(what, self.at):
            self.at += len(what)
            return True
        return False
