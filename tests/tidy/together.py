#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""together.py CLANG_TIDY BUILD FILE SOURCE...: runs clang-tidy over SOURCEs as one FILE, which BUILD
has the compile command of, and says what it finds in terms of the sources. They are put one after
the other, not included: some checks judge no other file than the one they are given."""

import os
import re
import subprocess
import sys


def put_together(sources):
    """The text, and of each of its lines where that comes from."""
    text, places = "", [None]
    for source in sources:
        with open(source, encoding="utf-8") as file:
            lines = file.read().splitlines(keepends=True)
        text += "".join(lines)
        places += [(source, number) for number in range(1, len(lines) + 1)]
    return text, places


def in_the_sources(said, path, places):
    def place(match):
        source, number = places[int(match.group(1))]
        return f"{source}:{number}:"
    return re.sub(rf"{re.escape(path)}:(\d+):", place, said)


def main(clang_tidy, build, path, *sources):
    text, places = put_together(sources)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([clang_tidy, "--quiet", "-p", build, path], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    print(in_the_sources(done.stdout, path, places), end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
