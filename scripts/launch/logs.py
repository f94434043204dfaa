# SPDX-License-Identifier: MPL-2.0
"""usage: scripts/logs NAME [-f] [-n LINES] [--set FILE|NAME] [--run DIR]

Prints the end of the log of an instance, or of all whose names begin with NAME.

  -f              follow it, until Ctrl-C
  -n LINES        so many of the last lines of each (50)
  --set FILE|NAME of this set, when several have such an instance
  --run DIR       of the set with that run directory

Exit status: 0; 1 when there is no such log; 2 for a wrong argument.
"""

import os
import time

from run_directory import RunDirectory, RunError, find_set, known_sets

FOLLOW_S = 0.2
CHUNK = 64 * 1024


def logs_of(sets):
    """Paths of the logs by name of the instance; a log outlives its instance."""
    out = {}
    for run in sets:
        for file in sorted(os.listdir(run.path)):
            name, kind = os.path.splitext(file)
            if kind == ".log" and name != "keeper":
                out.setdefault(name, []).append(run.file(file))
    return out


def chosen(options):
    if options.run:
        sets = [RunDirectory(options.run)]
    else:
        sets = [find_set(options.set)] if options.set else known_sets(also_ended=True)
    there = logs_of([run for run in sets if run and run.launch_file()])
    names = [options.name] if options.name in there else [
        name for name in there if name.startswith(options.name)]
    if not names:
        known = ", ".join(sorted(there)) or "none"
        raise RunError(f'no log of "{options.name}"; the names there are: {known}')
    for name in names:
        if len(there[name]) > 1:
            dirs = ", ".join(os.path.basename(os.path.dirname(path)) for path in there[name])
            raise RunError(f"several sets have {name} ({dirs}): say --set NAME")
    return {name: there[name][0] for name in names}


def last_lines(path, count):
    """The end of a log, and of what stood before when the log was cut; and where it ends."""
    octets, end = _end_of(path, count)
    if octets.count(b"\n") < count and os.path.exists(path + ".1"):
        octets = _end_of(path + ".1", count)[0] + octets
    return octets.splitlines(True)[-count:] if count else [], end


def _end_of(path, count):
    with open(path, "rb") as file:
        at = end = file.seek(0, os.SEEK_END)
        octets = b""
        while at > 0 and octets.count(b"\n") <= count:
            at = max(0, at - CHUNK)
            file.seek(at)
            octets = file.read(end - at)
        return octets, end


class Follower:
    """New lines of one log. A log that became shorter was cut, or is another one: from its front."""

    def __init__(self, path, at):
        self.path = path
        self.at = at
        self.partial = b""

    def lines(self):
        try:
            with open(self.path, "rb") as file:
                if file.seek(0, os.SEEK_END) < self.at:
                    self.at = 0
                file.seek(self.at)
                octets = file.read(16 * CHUNK)
                self.at = file.tell()
        except FileNotFoundError:
            return []
        *whole, self.partial = (self.partial + octets).splitlines(True) or [b""]
        if self.partial.endswith(b"\n"):
            whole.append(self.partial)
            self.partial = b""
        return whole


def main(options, say):
    paths = chosen(options)
    width = max(map(len, paths))

    def show(name, lines):
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\n")
            print(f"{name.ljust(width)} | {text}" if len(paths) > 1 else text, flush=True)

    followers = {}
    for name, path in paths.items():
        lines, end = last_lines(path, options.lines)
        show(name, lines)
        followers[name] = Follower(path, end)
    try:
        while options.follow:
            for name, follower in followers.items():
                show(name, follower.lines())
            time.sleep(FOLLOW_S)
    except KeyboardInterrupt:
        pass
    return 0
