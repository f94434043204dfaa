# SPDX-License-Identifier: MPL-2.0
"""What is known of a set that was started: its run directory, one for each set.

    set.json        the launch file that it was started from
    lock            held by whoever starts or ends something
    NAME.pid        while the instance NAME runs: its pid, and a line of JSON with all else
    NAME.exit       since it ended by itself: the same line, with how it ended
    NAME.log        what it writes; NAME.log.1 what was there before the log was cut
    keeper.log      errors of the keepers: usually empty

Design notes
- Files are replaced in one step, so a reader never sees half of one.
- Only an instance's keeper (keeper.py) turns its .pid into an .exit. Who finds a dead process gives
  a living keeper a moment to do so, and only then removes the file: a late keeper can never take
  away the .pid of the next life."""

import contextlib
import fcntl
import json
import os
import pwd
import time

from process import Process

KEEPER_PATIENCE_S = 2.0
LOCK_PATIENCE_S = 120.0


class RunError(Exception):
    """Its text is for people."""


def state_home():
    home = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(home):
        try:
            user = os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
        except KeyError:
            raise RunError(f"the user {os.geteuid()} has no home; --run DIR or XDG_STATE_HOME says "
                           "where run directories are") from None
        home = os.path.join(user, ".local", "state")
    return os.path.join(home, "kith")


class Record:
    """One instance, as its .pid or .exit file has it. `about` is the line of JSON."""

    def __init__(self, name, about):
        self.name = name
        self.about = about
        self.process = Process(*about["process"])
        self.keeper = Process(*about["keeper"])

    @property
    def ended(self):
        return self.about.get("ended")

    @property
    def log(self):
        return self.about["log"]

    def state(self):
        """One word for what `scripts/status` shows."""
        if self.ended:
            return "ended"
        if not self.process.alive():
            return "gone"
        if self.process.frozen():
            return "frozen"
        return "stopping" if self.about.get("stopping") else (
            "running" if self.about["ready"] else "starting")

    def how_it_ended(self):
        if not self.ended:
            return "nobody noted how"
        number = self.ended.get("signal")
        if number is None:
            return f"status {self.ended['status']}"
        return f"killed by {self.ended.get('signal_name', number)}"


class RunDirectory:
    def __init__(self, path):
        self.path = os.path.abspath(path)

    @property
    def name(self):
        return os.path.basename(self.path)

    def file(self, name):
        return os.path.join(self.path, name)

    def create(self, launch_file):
        """Makes it ours for this file. RunError when it is another's or cannot be written."""
        with self.trouble("write to"):
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            if os.stat(self.path).st_uid != os.geteuid():
                raise RunError(f"{self.path} belongs to another user")
            owner = self.launch_file()
            if owner and owner != launch_file and self.records():
                raise RunError(
                    f'a set "{self.name}" is there already, from {owner}: give this one another '
                    f"name (name = \"...\" in {launch_file}), or end that one: "
                    f"scripts/down {self.name}")
            self.replace("set.json", json.dumps({"file": launch_file}) + "\n")

    def launch_file(self):
        """From which file it was started; None for what is no run directory."""
        try:
            with open(self.file("set.json"), encoding="utf-8") as file:
                return json.load(file)["file"]
        except PermissionError as why:
            raise RunError(f"cannot read {self.path}: {why.strerror}") from None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @contextlib.contextmanager
    def trouble(self, verb):
        try:
            yield
        except OSError as why:
            raise RunError(f"cannot {verb} {self.path}: {why.strerror}; --run DIR takes another "
                           "directory") from None

    @contextlib.contextmanager
    def lock(self, say):
        """One at a time; RunError when another holds it for too long."""
        with self.trouble("write to"):
            fd = os.open(self.file("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take_lock(fd, say)
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(fd)

    def _take_lock(self, fd, say):
        end = time.monotonic() + LOCK_PATIENCE_S
        said = False
        while True:
            try:
                return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "unknown"
                if not said:
                    say(f"{self.name}: waiting for pid {holder}, which starts or ends it")
                    said = True
                if time.monotonic() > end:
                    raise RunError(f"{self.path} is locked by pid {holder} for longer than "
                                   f"{LOCK_PATIENCE_S:.0f} s") from None
                time.sleep(0.05)

    def replace(self, name, text):
        temporary = self.file(f".{name}.{os.getpid()}")
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, self.file(name))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def remove(self, name):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.file(name))

    def write_pid(self, name, about):
        self.replace(f"{name}.pid", f"{about['process'][0]}\n{json.dumps(about)}\n")

    def write_exit(self, name, about):
        """Before the .pid goes, so that a reader finds at least one of the two."""
        self.replace(f"{name}.exit", json.dumps(about) + "\n")
        self.remove(f"{name}.pid")

    def forget(self, name):
        self.remove(f"{name}.pid")
        self.remove(f"{name}.exit")

    def records(self):
        """By name. RunError for a file that is none of ours."""
        out = {}
        try:
            files = sorted(os.listdir(self.path))
        except PermissionError as why:
            raise RunError(f"cannot read {self.path}: {why.strerror}") from None
        except OSError:
            return out
        for file in files:
            name, kind = os.path.splitext(file)
            if kind in (".exit", ".pid") and not file.startswith("."):
                record = self._record(name, kind)
                if record:
                    out[name] = record  # .exit sorts before .pid, which wins
        return dict(sorted(out.items(), key=lambda one: _natural(one[0])))

    def _record(self, name, kind):
        path = self.file(name + kind)
        try:
            with open(path, encoding="utf-8") as file:
                return Record(name, json.loads(file.read().splitlines()[-1]))
        except FileNotFoundError:
            return None  # it ended just now
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            raise RunError(f"{path} is not of this tool, or damaged; look whether the process is "
                           "yours, and remove the file") from None

    def settle(self):
        """The records, after living keepers had time to note who ended."""
        end = time.monotonic() + KEEPER_PATIENCE_S
        while True:
            records = self.records()
            unsettled = [one for one in records.values()
                         if one.state() == "gone" and one.keeper.alive()]
            if not unsettled or time.monotonic() > end:
                return records
            time.sleep(0.02)


def _natural(name):
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdigit() else (name, 0)


def known_sets(also_ended=False):
    """Run directories of the sets that were started here and not ended; or of all there were."""
    home = state_home()
    try:
        names = sorted(os.listdir(home))
    except OSError:
        return []
    found = [RunDirectory(os.path.join(home, name)) for name in names]
    return [one for one in found if one.launch_file() and (also_ended or _something(one))]


def _something(run):
    try:
        return bool(run.records())
    except RunError:
        return True


def find_set(word):
    """The set that was started from that file, or of that name; None for a file of which nothing
    was started yet. RunError for a name that nobody knows."""
    path = os.path.realpath(word)
    sets = known_sets(also_ended=True)
    for run in sets:
        if run.launch_file() == path:
            return run
    for run in sets:
        if run.name == word:
            return run
    if os.path.isfile(path):
        return None
    there = ", ".join(run.name for run in sets) or "none"
    raise RunError(f"nothing of {word} runs or has run; the sets there are: {there}")
