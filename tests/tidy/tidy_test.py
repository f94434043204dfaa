#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Keeps the house: tidy_test.py [ROOT] prints file:line, what is wrong and what to do instead."""

import os
import re
import sys

import cpp_text
import house

TOP = "core services tools tests bench examples scripts docs cmake .ci".split()
TEXT = re.compile(r".*(\.(hpp|cpp|py|sh|cmake|md|in|json|txt|toml|js|mjs|css|html)|/[^./]+)$")
NOT_OURS = re.compile(r"tests/(fuzz/corpus|integration/data|fixtures)/|.*/(__pycache__|build|node_modules)/|LICENSE$")
INCLUDE = re.compile(r"^\s*#\s*include\s*([<\"])([^>\"]+)[>\"]", re.MULTILINE)


class Tree:
    """The files of the repository that people write, read once."""

    def __init__(self, root):
        self.root = root
        self.texts = {}
        self.cpp = {}
        for path in self._paths():
            with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
                self.texts[path] = file.read()
            if path.endswith((".hpp", ".cpp")):
                self.cpp[path] = cpp_text.code_of(self.texts[path])

    def _paths(self):
        for name in sorted(os.listdir(self.root)):
            if os.path.isfile(os.path.join(self.root, name)) and TEXT.match("/" + name):
                if not NOT_OURS.match(name):
                    yield name
        for top in TOP:
            for directory, _, names in sorted(os.walk(os.path.join(self.root, top))):
                for name in sorted(names):
                    path = os.path.relpath(os.path.join(directory, name), self.root)
                    if TEXT.match(path) and not NOT_OURS.match(path):
                        yield path

    def includes(self, path):
        """(line, "<" or '"', name) of each include."""
        code = self.cpp[path]
        for match in INCLUDE.finditer(code):
            yield code.count("\n", 0, match.start(1)) + 1, match.group(1), match.group(2)


def module_of(path):
    match = re.match(r"core/src/(\w+)/", path)
    return match.group(1) if match else None


def check_module_table(tree):
    for path in tree.cpp:
        own = module_of(path)
        if own is None:
            continue
        if own not in house.MODULES:
            yield path, 1, f"{own} is not a module", "put it where it belongs, or extend the table"
            continue
        rank = house.MODULES.index(own)
        for line, bracket, name in tree.includes(path):
            other = name.split("/")[0]
            if bracket == "<" and other == "kith":
                owner = house.PUBLIC_HEADER_OF.get(name[len("kith/"):], "base")
                if house.MODULES.index(owner) > rank:
                    yield path, line, f"{own} includes <{name}> of {owner}", "look down only"
            elif bracket == '"':
                if other not in house.MODULES or "/" not in name:
                    yield path, line, f'"{name}" is no module\'s file', 'write "module/file.hpp"'
                elif house.MODULES.index(other) > rank:
                    yield path, line, f"{own} includes {other}, which is above it", "look down only"
                elif own not in house.ONLY_USED_BY.get(other, {own}):
                    yield path, line, f"{own} includes {other}", f"only node may use {other}"


# Whose files a program may include, beside the <kith/...> of everyone. Of another service it may
# include the contract only: "payment/payment_api.hpp".
PROGRAMS = {
    "services/money": {"money"},
    "services/base": {"base", "money"},
    "services/order": {"order", "base", "money"},
    "services/gateway": {"gateway", "base", "money"},
    # The gateway's sandbox can be had without a process, too.
    "services/payment": {"payment", "gateway", "base", "money"},
    # Certificates are no part of the public face, nor is how a node's trust directory is read and
    # written to, nor what envelopes and beacons look like: the tool takes octets apart. And it
    # tries out what a node would do with the network.
    "tools/kith": {"kith", "security", "base", "wire", "admin/latency.hpp", "admin/http_server.hpp",
                    "discovery/beacon.hpp",
                   "discovery/beacon_trust.hpp", "node/key_file.hpp", "node/replaced_file.hpp",
                   "node/trust/trust_directory.hpp", "transport/local_directory.hpp",
                   "transport/multicast_socket.hpp"},
    "tools/storefront": {"storefront", "base", "money"},
}
# The rooms of the tool, and which others each may look into: they form no circle.
TOOL_ROOMS = {
    "base": set(),
    "zmtp": {"base"},
    "capture": {"base"},
    "trust": {"base"},
    "tap": {"base"},
    "domain": {"base", "tap"},
    "audit": {"base"},
    "manual": {"tap"},
    "figures": {"base"},
    "watch": {"base", "figures"},
    "web": {"base", "figures", "tap", "audit"},
    "durable": {"base"},
    "probe": {"base", "zmtp", "trust"},
    "decode": {"base", "zmtp", "capture", "tap", "probe"},
    "diagnose": {"base", "decode", "probe", "trust"},
}
CONTRACT = re.compile(r"(\w+)/\1_api\.hpp$")


def check_public_face(tree):
    public = [path for path in tree.cpp if path.startswith("core/include/")]
    top = [path for path in public if path.count("/") == 3]
    if len(top) > house.PUBLIC_HEADERS_MAX:
        yield top[-1], 1, f"{len(top)} public headers", f"at most {house.PUBLIC_HEADERS_MAX}"
    for path in public:
        for line, bracket, name in tree.includes(path):
            if bracket == '"':
                yield path, line, f'"{name}" in a public header', "include <kith/...> only"
    for path in tree.cpp:
        directory = "/".join(path.split("/")[:2])
        if not path.startswith(("services/", "tools/")):
            continue
        if directory not in PROGRAMS:
            yield path, 1, "no program of ours lives here", "see PROGRAMS in tests/tidy"
            continue
        for line, bracket, name in tree.includes(path):
            ours = {name, name.split("/")[0]} & PROGRAMS[directory] or CONTRACT.match(name)
            if bracket == '"' and not ours:
                yield path, line, f'"{name}" is not for {directory}', "use <kith/...>, as anyone would"


def check_tool_rooms(tree):
    for path in tree.cpp:
        parts = path.split("/")
        if parts[:2] != ["tools", "kith"] or len(parts) < 4:
            continue
        room = parts[2]
        if room not in TOOL_ROOMS:
            yield path, 1, f"no room of the tool is called {room}", "see TOOL_ROOMS in tests/tidy"
            continue
        for line, bracket, name in tree.includes(path):
            of, *inside = name.split("/")
            if bracket == '"' and of == "kith" and inside[0] not in TOOL_ROOMS[room] | {room}:
                yield path, line, f'"{name}" is not for tools/kith/{room}', "see TOOL_ROOMS in tests/tidy"


def check_bans(tree):
    for path, text in tree.texts.items():
        for ban in house.BANS:
            if not ban.applies_to(path):
                continue
            source = text if ban.raw or path not in tree.cpp else tree.cpp[path]
            for number, line in enumerate(source.split("\n"), 1):
                found = ban.pattern.search(line)
                if found:
                    yield path, number, f"`{found.group(0).strip() or 'blanks'}`", ban.instead


# What a reader of a public header meets at the left margin, and what needs no words of its own:
# names without a body, specialisations, members that are defined outside of their class.
DECLARATION = re.compile(r"(template|class|struct|enum|using|inline|constexpr|\[\[nodiscard|[a-z_:<>]+ \w+\()")
NO_WORDS = re.compile(r"(template <[^>]*> )?(class|struct) [\w:]+;|using (namespace )?[\w:]+;|template <>|[^(]*\w::\w+\(")
NAMESPACE = re.compile(r"(?:inline )?namespace ([\w:]*) ?\{|\}  // namespace")


def check_documented(tree):
    """Every type, function and constant of the public headers has a sentence above it."""
    for path, text in tree.texts.items():
        if not re.match(r"core/include/kith/(?!detail/).*\.hpp$", path):
            continue
        spaces = []
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            namespace = NAMESPACE.match(line)
            if namespace:
                spaces = spaces + [namespace.group(1)] if namespace.group(1) is not None else spaces[:-1]
            head = line + " " + lines[number] if line.startswith("template") else line
            before = lines[number - 2]
            if (DECLARATION.match(line) and "detail" not in spaces and not NO_WORDS.match(head)
                    and not re.match(r"///|template|  requires", before) and "///<" not in line):
                yield path, number, f"`{line.strip()}` says nothing of itself", "put a /// sentence above it"


def check_sizes(tree):
    for path, text in tree.texts.items():
        if path.endswith((".js", ".mjs", ".css")) and text.count("\n") > house.FILE_LINES_MAX:
            yield path, 1, f"{text.count(chr(10))} lines", f"split it by concept: at most {house.FILE_LINES_MAX}"
    for path, code in tree.cpp.items():
        lines = tree.texts[path].split("\n")
        most = house.MAIN_LINES_MAX if re.match(r"services/\w+/main\.cpp$", path) else house.FILE_LINES_MAX
        if len(lines) - 1 > most:
            yield path, 1, f"{len(lines) - 1} lines", f"split it by concept: at most {most}"
        for number, line in enumerate(lines, 1):
            if len(line) > house.LINE_COLUMNS_MAX and "http" not in line:
                yield path, number, f"{len(line)} columns", f"at most {house.LINE_COLUMNS_MAX}"
        for first, last, heading in cpp_text.functions(code):
            length = last - first + 1
            if length > house.FUNCTION_LINES_MAX:
                name = re.sub(r"\s+", " ", heading.split("(")[0]).strip()
                yield path, first, f"{name}() has {length} lines", f"at most {house.FUNCTION_LINES_MAX}"


def check_names(tree):
    for path in tree.texts:
        found = house.NAMES_OF_NOTHING.search(os.path.basename(path))
        if found:
            yield path, 1, f"a file named {found.group(1)}", "name it by the one concept that is in it"


def check_license(tree):
    for path, text in tree.texts.items():
        needs = path.endswith((".hpp", ".cpp", ".py", ".sh", ".cmake", "CMakeLists.txt", ".js", ".mjs", ".css",
                               ".html")) or re.match(
            r"(scripts|\.ci)/[^.]+$", path)
        if needs and house.LICENSE not in "".join(text.splitlines(True)[:3]):
            yield path, 1, "no licence line", f"begin with {house.LICENSE}"
        if path.endswith(".hpp") and "#pragma once" not in text:
            yield path, 1, "no #pragma once", "add it"


def check_dead_files(tree):
    included = set()
    for path in tree.cpp:
        for _, bracket, name in tree.includes(path):
            if bracket == "<":
                included.add(f"core/include/{name}")
            else:
                for root in ("core/src", "services", "tools", "tests", "bench"):
                    included.add(f"{root}/{name}")
                included.add(os.path.normpath(os.path.join(os.path.dirname(path), name)))
    for path in tree.cpp:
        if path.endswith(".hpp"):
            if path not in included:
                yield path, 1, "nothing includes it", "use it or remove it"
        elif not re.match(
                r"core/src/\w+/(\w+/)?\w+\.cpp$|(services|tools)/\w+/(\w+/)?\w+\.cpp$|examples/\w+/\w+\.cpp$"
                r"|tests/(unit/\w+(/\w+)?|conformance(/database)?|sim|planted|integration(/\w+)?|soak|support|fuzz)/\w+\.cpp$|bench/", path):
            yield path, 1, "no build rule takes it in", "move it to where one does"


QUEUE = re.compile(r"std::(?:deque|queue|priority_queue)<[^;()]*>\s+(\w+);")
ACCOUNT = re.compile(r"(?:count_queue\(|scope::queue,\s*(?:ledger::)?direction::inbound,\s*)\"(\w+)\"")
QUEUES_PAGE = "docs/architecture.md"


def check_queues(tree):
    page = tree.texts.get(QUEUES_PAGE, "")
    section = re.search(r"^## Every queue$(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    rows = [line for line in (section.group(1) if section else "").splitlines() if line.startswith("| ")][1:]
    named = set(re.findall(r"`(?:[\w/]+/)?(\w+)(?:\.\w+)?`", "\n".join(row.split("|")[1] for row in rows)))
    counted = {account for row in rows for account in re.findall(r"`queue` (\w+)", row)}
    for row in rows:
        counter = row.split("|")[4].strip()
        if counter in ("", "none"):
            yield QUEUES_PAGE, 1, f"no counter of {row.split('|')[1].strip()}", "count it, or say why not"
    for path, code in tree.cpp.items():
        if not re.match(house.PRODUCT, path):
            continue
        stem = re.sub(r"_impl$", "", os.path.splitext(os.path.basename(path))[0])
        for match in QUEUE.finditer(code):
            if path not in house.QUEUES_ELSEWHERE and stem not in named:
                yield (path, code.count("\n", 0, match.start()) + 1, f"the queue {match.group(1)} is in no table",
                       f"give it a maximum, a policy and a counter, and a row in {QUEUES_PAGE}")
        text = tree.texts[path]
        for match in ACCOUNT.finditer(text):
            if match.group(1) not in counted:
                yield (path, text.count("\n", 0, match.start()) + 1, f"the queue {match.group(1)} has no row",
                       f"say its maximum and its policy in {QUEUES_PAGE}")


CHECKS = [check_module_table, check_public_face, check_tool_rooms, check_bans, check_documented, check_sizes,
          check_names, check_license, check_dead_files, check_queues]


def findings(root):
    tree = Tree(root)
    for check in CHECKS:
        yield from check(tree)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    count = 0
    for path, line, what, instead in sorted(set(findings(root))):
        print(f"{path}:{line}: {what}: {instead}")
        count += 1
    print(f"{count} findings" if count else "tidy")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
