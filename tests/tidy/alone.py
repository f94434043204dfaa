#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""alone.py BUILD headers | [public] SOURCE...: clang reads each SOURCE by itself, with BUILD's own command for it, and
makes no code of it: a unity build does not notice an include that is missing. `headers` reads the standard
library once for all the others: that is half of what most of them read. `public` ones are not given it."""

import json
import os
import shlex
import subprocess
import sys

HEADERS = """algorithm array atomic bit charconv chrono cmath concepts condition_variable coroutine cstdint cstring
    deque exception filesystem fstream functional initializer_list iomanip iostream iterator limits list locale map
    memory mutex numeric optional random ranges set span sstream string string_view thread tuple type_traits
    unordered_map unordered_set utility variant vector""".split()


def commands(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        return {entry["file"]: entry for entry in json.load(file)}


def front_end(entry):
    """The command without the compiler cache before it, what it writes, and what it reads."""
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if os.path.basename(word).startswith("clang")):]
    output = words.index("-o")
    del words[output:output + 2]
    return words[:words.index("-c")]


def run(words, directory):
    return subprocess.run(words, cwd=directory, check=False).returncode


def main(build, *sources):
    known = commands(build)
    header = os.path.join(build, "standard.hpp")
    if sources == ("headers",):
        with open(header, "w", encoding="utf-8") as file:
            file.writelines(f"#include <{name}>\n" for name in HEADERS)
        entry = next(entry for name, entry in known.items() if "/core/src/" in name)
        return run(front_end(entry) + ["-x", "c++-header", header, "-o", header + ".pch"], entry["directory"])
    given = ["-include-pch", header + ".pch"]
    if sources[:1] == ("public",):
        given, sources = [], sources[1:]
    failed = [source for source in sources
              if run(front_end(known[source]) + ["-fsyntax-only", *given, source], known[source]["directory"])]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
