#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The pages keep to the tree: links lead somewhere, named files exist, and code that is shown is code
that is built.

A block of code below a comment `<!-- examples/hello/main.cpp -->` must stand in that file, line by
line; a line `// ...` in it leaves some out."""

import os
import re
import sys

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
SHOWN = re.compile(r"^<!-- (\S+) -->\n```\w*\n(.*?)^```$", re.M | re.S)
HEADING = re.compile(r"^#+ +(.+)$", re.M)
NAMED = re.compile(r"`((?:bench|core|docs|examples|scripts|services|tests|tools|cmake)/[\w./-]*\w)`")


def pages_of(root):
    for name in sorted(os.listdir(root)):
        if name.endswith(".md"):
            yield name
    for directory, _, names in sorted(os.walk(os.path.join(root, "docs"))):
        for name in sorted(names):
            if name.endswith(".md"):
                yield os.path.relpath(os.path.join(directory, name), root)


def text_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def anchors_of(text):
    """As GitHub makes them."""
    for heading in HEADING.findall(FENCE.sub("", text)):
        yield re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def bad_links(root, path, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(os.path.join(root, there)):
            yield f"the link to {target} leads nowhere"
        elif anchor and anchor not in anchors_of(text_of(root, there)):
            yield f"{there} has no heading #{anchor}"


def bad_names(root, _, text):
    for name in NAMED.findall(FENCE.sub("", text)):
        if not os.path.exists(os.path.join(root, name)):
            yield f"`{name}` does not exist"


def bad_code(root, _, text):
    for source, block in SHOWN.findall(text):
        if not os.path.exists(os.path.join(root, source)):
            yield f"it shows {source}, which does not exist"
            continue
        rest = text_of(root, source)
        for part in re.split(r"^ *// \.\.\.\n", block, flags=re.M):
            before, found, rest = rest.partition(part)
            if not found or (before and not before.endswith("\n")):
                yield f"it shows what is not in {source}:\n{part}"
                break


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    count = 0
    for path in pages_of(root):
        text = text_of(root, path)
        for check in (bad_links, bad_names, bad_code):
            for what in check(root, path, text):
                print(f"{path}: {what}")
                count += 1
    print(f"{count} findings" if count else "the pages are true to the tree")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
