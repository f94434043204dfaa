# SPDX-License-Identifier: MPL-2.0
"""What scripts/up, status, down and logs have in common: arguments in, exit status out."""

import argparse
import importlib
import os
import sys

from run_directory import RunError


def say(text):
    """For people."""
    print(text, file=sys.stderr, flush=True)


def whole_number(text):
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"it must be a whole number, not {text!r}")
    return int(text)


def parser_of(command, module):
    parser = argparse.ArgumentParser(prog=command, add_help=False, allow_abbrev=False,
                                     usage=module.__doc__.splitlines()[0].removeprefix("usage: "))
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--run", metavar="DIR")
    if command == "up":
        parser.add_argument("file", nargs="?")
        parser.add_argument("--restart", action="store_true")
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--bin", metavar="DIR")
    elif command == "logs":
        parser.add_argument("name")
        parser.add_argument("-f", dest="follow", action="store_true")
        parser.add_argument("-n", dest="lines", type=whole_number, default=50, metavar="LINES")
        parser.add_argument("--set", metavar="FILE|NAME")
    else:
        parser.add_argument("set", nargs="?")
        parser.add_argument("--all" if command == "down" else "--json", action="store_true")
    return parser


def main():
    command, *arguments = sys.argv[1:]
    module = importlib.import_module(command)
    if {"-h", "--help"} & set(arguments):
        print(module.__doc__, end="")
        return 0
    options = parser_of(command, module).parse_args(arguments)
    try:
        return module.main(options, say)
    except RunError as why:
        say(f"{command}: {why}")
        return 1
    except KeyboardInterrupt:
        say(f"{command}: interrupted; scripts/status shows what runs")
        return 130
    except BrokenPipeError:  # the reader has enough: logs | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


if __name__ == "__main__":
    sys.exit(main())
