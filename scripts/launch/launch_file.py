# SPDX-License-Identifier: MPL-2.0
"""The TOML file that describes a set of services. docs/operations.md has the format for people.

Reading is strict: what is not known, or not of the right kind, is an error with file, line and the
nearest right key."""

import dataclasses
import os
import re
import tomllib

from toml_lines import lines_of

FILE_BYTES_MAX = 256 * 1024
INSTANCES_MAX = 100
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
FLAG = re.compile(r"[A-Za-z][A-Za-z0-9_-]*$")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
# {{run}} is the text {run}; braces around anything else (JSON, say) are left alone.
PLACEHOLDER = re.compile(r"\{\{([a-z_]+)\}\}|\{([a-z_]+)\}")
PLACEHOLDERS = ("run", "service", "instance", "number")


class FileError(Exception):
    """Its text is for people and begins with FILE or FILE:LINE."""


@dataclasses.dataclass
class Service:
    name: str
    program: str
    instances: int = 1
    args: list = dataclasses.field(default_factory=list)
    flags: dict = dataclasses.field(default_factory=dict)  # name -> list of texts, or True
    environment: dict = dataclasses.field(default_factory=dict)
    directory: str = "."
    ready: str = "notify"
    start_ms: int = 10_000
    stop_ms: int = 10_000
    log_bytes: int = 16 * 1024 * 1024

    def arguments(self, values):
        """After the program: `args`, then the flags. They are joined by "=", so that a value may
        begin with a dash, and a flag without a value takes none of what follows."""
        out = [fill(text, values) for text in self.args]
        for name, texts in self.flags.items():
            flag = "--" + name.replace("_", "-")
            out += [flag] if texts is True else [f"{flag}={fill(text, values)}" for text in texts]
        return out

    def filled_environment(self, values):
        return {name: fill(text, values) for name, text in self.environment.items()}


@dataclasses.dataclass
class LaunchFile:
    path: str
    name: str
    services: list
    lines: dict

    def place(self, *keys):
        return f"{self.path}:{self.lines.get(keys, 1)}"


def fill(text, values):
    return PLACEHOLDER.sub(
        lambda found: str(values[found.group(2)]) if found.group(2) else "{" + found.group(1) + "}",
        text)


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        diagonal, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (x != y), row[j + 1] + 1, row[j] + 1)
    return row[-1]


def suggestion(word, known):
    """As the settings of a node are suggested: "; did you mean "instances"?", or nothing."""
    begun = [one for one in known if len(word) >= 3 and one.startswith(word)]
    near = begun or [
        one for one in known if edit_distance(word, one) <= max(2, len(word) // 4)]
    best = min(near, key=lambda one: edit_distance(word, one), default=None)
    return f'; did you mean "{best}"?' if best else ""


# What a value must be. Each gives the value, or raises ValueError with what would be right.


def _text(value):
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("a text that is not empty")
    return value


def _name(value):
    if not isinstance(value, str) or not NAME.match(value):
        raise ValueError("1 to 64 letters, digits, dots, dashes and underscores, "
                         "a letter or digit first")
    return value


def _whole(least, most):
    def check(value):
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return value
    return check


def _one_of(*words):
    def check(value):
        if value not in words:
            raise ValueError(" or ".join(f'"{word}"' for word in words))
        return value
    return check


def _plain(value):
    """A text, whole number, or true and false, as the text that a program gets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and "\0" not in value:
        return value
    raise ValueError("a text, a whole number, or true or false")


def _flag(value):
    if value is True:
        return True
    if isinstance(value, list) and value and not any(isinstance(one, bool) for one in value):
        return [_plain(one) for one in value]
    if isinstance(value, list):
        raise ValueError("texts or whole numbers, at least one")
    return [_plain(value)]


SERVICE_KEYS = {
    "program": _text,
    "instances": _whole(0, INSTANCES_MAX),
    "args": None,
    "flags": None,
    "environment": None,
    "directory": _text,
    "ready": _one_of("notify", "started"),
    "start_ms": _whole(1, 3_600_000),
    "stop_ms": _whole(0, 3_600_000),
    "log_bytes": _whole(4096, 1 << 40),
}
TOP_KEYS = ("name", "domain", "environment", "service")


class _Reader:
    def __init__(self, path, text):
        self.path = path
        self.lines = lines_of(text)

    def wrong(self, keys, what):
        return FileError(f"{self.path}:{self.lines.get(tuple(keys), 1)}: {what}")

    def must_be(self, keys, value, right):
        shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(
            value, bool) else "..." if isinstance(value, (dict, list)) else value
        return self.wrong(keys, f"{keys[-1]} = {shown}: it must be {right}")

    def checked(self, keys, value, check):
        try:
            return check(value)
        except ValueError as right:
            raise self.must_be(keys, value, right) from None

    def table(self, keys, value, what):
        if not isinstance(value, dict):
            raise self.must_be(keys, value, f"a table: {what}")
        return value

    def placeholders(self, keys, text):
        for found in PLACEHOLDER.finditer(text):
            word = found.group(2)
            if word and word not in PLACEHOLDERS:
                near = suggestion(word, PLACEHOLDERS) or f"; there is {', '.join(PLACEHOLDERS)}"
                raise self.wrong(keys, f"unknown placeholder {{{word}}}{near}"
                                       f" (for the text itself write {{{{{word}}}}})")

    def environment(self, keys, value):
        out = {}
        for name, one in self.table(keys, value, '{ NAME = "value" }').items():
            here = keys + [name]
            if not VARIABLE.match(name):
                raise self.wrong(here, f'"{name}" is no name of a variable')
            out[name] = self.checked(here, one, _plain)
            self.placeholders(here, out[name])
        return out

    def flags(self, keys, value):
        out = {}
        for name, one in self.table(keys, value, '{ heartbeat_ms = 300 }').items():
            here = keys + [name]
            if not FLAG.match(name):
                raise self.wrong(here, f'"{name}" is no name of a flag; write it without dashes in '
                                       "front: heartbeat_ms")
            if any(name.replace("-", "_") == other.replace("-", "_") for other in out):
                raise self.wrong(here, f"{name} is set already")
            out[name] = self.checked(here, one, _flag)
            for text in out[name] if out[name] is not True else ():
                self.placeholders(here, text)
        return out

    def arguments(self, keys, value):
        if not isinstance(value, list):
            raise self.must_be(keys, value, 'texts: ["--verbose", "now"]')
        out = []
        for number, one in enumerate(value):
            here = keys + [number]
            if not isinstance(one, str) or "\0" in one:
                raise self.wrong(here, f"args: argument {number + 1} must be a text")
            self.placeholders(here, one)
            out.append(one)
        return out

    def service(self, name, value, shared):
        keys = ["service", name]
        self.table(keys, value, f"[service.{name}]")
        if not NAME.match(name) or len(name) > 60:
            raise self.wrong(keys, f'"{name}" is no name of a service: 1 to 60 letters, digits, '
                                   "dots, dashes and underscores, a letter or digit first")
        out = Service(name=name, program=name)
        for key, one in value.items():
            here = keys + [key]
            if key not in SERVICE_KEYS:
                raise self.wrong(here, f'unknown key "{key}"{suggestion(key, SERVICE_KEYS)}')
            if key in ("flags", "environment"):
                setattr(out, key, getattr(self, key)(here, one))
            elif key == "args":
                out.args = self.arguments(here, one)
            else:
                setattr(out, key, self.checked(here, one, SERVICE_KEYS[key]))
        drain = out.flags.get("drain_ms", out.flags.get("drain-ms", ["5000"]))
        if "stop_ms" not in value and drain is not True and drain[0].isdigit():
            out.stop_ms = int(drain[0]) + 5_000  # a stopping node ends by itself before that
        out.environment = {**shared, **out.environment}
        return out

    def document(self, values):
        for key, one in values.items():
            if key not in TOP_KEYS:
                hint = suggestion(key, TOP_KEYS) or (
                    f"; a service is a table [service.{key}]" if isinstance(one, dict) else "")
                raise self.wrong([key], f'unknown key "{key}"{hint}')
        stem = os.path.splitext(os.path.basename(self.path))[0]
        name = values.get("name", stem)
        if "name" not in values and not NAME.match(stem):
            raise FileError(f'{self.path}: its own name is no name of a set: add name = "..."')
        self.checked(["name"], name, _name)
        shared = self.environment(["environment"], values.get("environment", {}))
        if "domain" in values:
            shared = {"KITH_DOMAIN": self.checked(["domain"], values["domain"], _name), **shared}
        services = self.table(["service"], values.get("service", {}), "[service.NAME]")
        if not services:
            raise FileError(f"{self.path}: no service: begin with [service.NAME]")
        return LaunchFile(self.path, name,
                          [self.service(name, one, shared) for name, one in services.items()],
                          self.lines)


def parse(path, text):
    """LaunchFile, or FileError."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        found = re.match(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)$", str(why), re.S)
        what, line = (found.group(1), found.group(2)) if found else (str(why), None)
        number = int(line) if line else text.count("\n") + 1
        shown = (text.splitlines() + [""])[number - 1].strip()
        if shown.count("{") > shown.count("}"):
            what += "; { ... } ends on the line where it begins, a table [heading] may be longer"
        raise FileError(f"{path}:{number}: {what}{': ' if shown else ''}{shown}") from None
    return _Reader(path, text).document(values)


def read(path):
    try:
        with open(path, "rb") as file:
            octets = file.read(FILE_BYTES_MAX + 1)
    except OSError as why:
        raise FileError(f"cannot read {path}: {why.strerror}") from None
    if len(octets) > FILE_BYTES_MAX:
        raise FileError(f"{path}: larger than {FILE_BYTES_MAX // 1024} KiB")
    try:
        return parse(path, octets.decode("utf-8").replace("\r\n", "\n"))
    except UnicodeDecodeError as why:
        line = octets.count(b"\n", 0, why.start) + 1
        raise FileError(f"{path}:{line}: it is not text in UTF-8") from None
