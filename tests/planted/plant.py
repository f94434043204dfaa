#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""plant.py SOURCE INTO: writes the source with its planted faults, or as it is.
plant.py --names INTO: writes the list of faults as a C++ header."""

import pathlib
import sys

from faults import EDITS, FAULTS


def planted(path, text):
    name = "/".join(path.parts[-2:])
    for file, old, new in EDITS:
        if file != name:
            continue
        if text.count(old) != 1:
            sys.exit(
                f"tests/planted/faults.py: core/src/{file} has this text {text.count(old)} times "
                f"instead of once; bring it up to date:\n{old}"
            )
        text = text.replace(old, new)
    return '#include "planted/planted.hpp"\n' + text


def names():
    rows = "".join(f'    planted_fault{{"{name}", "{what}"}},\n' for name, what in FAULTS.items())
    return (
        "#include <array>\n\nnamespace kith::test {\n\n"
        "struct planted_fault {\n  const char* name;\n  const char* what;\n};\n"
        f"inline constexpr std::array<planted_fault, {len(FAULTS)}> planted_faults{{\n{rows}}};\n"
        "\n}  // namespace kith::test\n"
    )


def main():
    what, into = sys.argv[1:]
    text = names() if what == "--names" else planted(
        pathlib.Path(what), pathlib.Path(what).read_text(encoding="utf-8"))
    pathlib.Path(into).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(into).write_text(text, encoding="utf-8")


main()
