#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""keeper.py RUN_DIRECTORY: the parent of the instances that one `scripts/up` starts.

It reads what to start from standard input, one JSON object a line, tells on standard output what
becomes of it, and stays until all of them have ended: to note how they ended, and to cut their logs.

Design notes
- Instances lead sessions of their own, write to their logs themselves and read /dev/null. So they
  live on when the keeper is killed; then nobody notes how they end or cuts their logs.
- An instance writes its .pid file itself, between fork and exec: there is no moment in which it
  runs and no file tells of it.
- Instances say that they are ready by systemd's protocol (sd_notify(3)) on an abstract socket. The
  kernel says who sent a datagram.
- A log that has outgrown its bound is copied to NAME.log.1 and cut to nothing; instances append,
  so they go on at its new end. Lines that are written between copy and cut are lost, as with
  logrotate's copytruncate."""

import contextlib
import json
import os
import secrets
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from process import Process
from run_directory import RunDirectory

TEND_S = 2.0
CREDENTIALS = struct.Struct("3i")


class Child:
    def __init__(self, spec, popen, about, log_offset):
        self.spec = spec
        self.popen = popen
        self.about = about
        self.log_offset = log_offset


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Keeper:
    def __init__(self, run):
        self.run = run
        self.me = Process.of(os.getpid())
        self.children = {}
        self.leftovers = []  # (process, when it is killed)
        self.commands = b""
        self.commanded = True
        self.select = selectors.DefaultSelector()
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.notices.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.address = f"kith-up-{os.getpid()}-{secrets.token_hex(8)}"
        self.notices.bind("\0" + self.address)
        self.notices.setblocking(False)
        # What says who watches the keeper is not for its children.
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("WATCHDOG_")}
        self.environment["NOTIFY_SOCKET"] = "@" + self.address
        self.last_complaint = None

    def tell(self, **event):
        """`scripts/up` may have gone: then nobody needs to know."""
        with contextlib.suppress(OSError):
            os.write(1, (json.dumps(event) + "\n").encode())

    def run_until_all_ended(self):
        woken, wake = socket.socketpair()
        for one in (woken, wake):
            one.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self.select.register(0, selectors.EVENT_READ, self.read_commands)
        self.select.register(self.notices, selectors.EVENT_READ, self.read_notices)
        self.select.register(woken, selectors.EVENT_READ, lambda: woken.recv(4096))
        while self.commanded or self.children or self.leftovers:
            for key, _ in self.select.select(TEND_S):
                key.data()
            self.read_notices()  # before the deaths: who is ready and then dies was ready
            self.note_deaths()
            self.tend()

    def read_commands(self):
        octets = os.read(0, 65536)
        if not octets:
            self.select.unregister(0)
            self.commanded = False
        *lines, self.commands = (self.commands + octets).split(b"\n")
        for line in lines:
            self.start(json.loads(line))

    def start(self, spec):
        name = spec["name"]
        about = {**spec["about"], "keeper": [self.me.pid, self.me.start_time, self.me.boot],
                 "started_at": time.time(), "inbox": None, "admin": None}
        try:
            log = self.open_log(spec)
            with open(log, "ab") as out:
                offset = out.tell()
                popen = subprocess.Popen(
                    spec["argv"], cwd=spec["directory"],
                    env={**self.environment, **spec["environment"]},
                    stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                    preexec_fn=lambda: self.write_own_pid(name, about))
        except OSError as why:
            self.run.remove(f"{name}.pid")
            return self.tell(event="failed", name=name, error=f"{why.strerror}: {why.filename}")
        except subprocess.SubprocessError:
            self.run.remove(f"{name}.pid")
            return self.tell(event="failed", name=name,
                             error=f"cannot write {self.run.file(name + '.pid')}")
        process = Process.of(popen.pid)
        about["process"] = [process.pid, process.start_time, process.boot]
        self.children[popen.pid] = Child(spec, popen, about, offset)
        self.run.remove(f"{name}.exit")
        return self.tell(event="started", name=name, pid=popen.pid, log_offset=offset)

    def write_own_pid(self, name, about):
        me = Process.of(os.getpid())
        about["process"] = [me.pid, me.start_time, me.boot]
        self.run.write_pid(name, about)

    def open_log(self, spec):
        """Its path; what was there before moves aside when it is large."""
        path = spec["about"]["log"]
        with contextlib.suppress(FileNotFoundError):
            if os.path.getsize(path) > spec["log_bytes"]:
                os.replace(path, path + ".1")
        return path

    def read_notices(self):
        while True:
            try:
                octets, ancillary, _, _ = self.notices.recvmsg(
                    4096, socket.CMSG_SPACE(CREDENTIALS.size))
            except BlockingIOError:
                return
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    self.notice(CREDENTIALS.unpack(data)[0], octets.decode("utf-8", "replace"))

    def notice(self, sender, text):
        """From an instance, or from a process of its session."""
        try:
            child = self.children.get(sender) or self.children.get(os.getsid(sender))
        except ProcessLookupError:
            return
        said = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        if child is None or not {"READY", "STOPPING"} & said.keys():
            return
        if said.get("READY") == "1":
            child.about.update(ready=True, inbox=said.get("X_KITH_INBOX"),
                               admin=said.get("X_KITH_ADMIN"))
            self.tell(event="ready", name=child.spec["name"], inbox=child.about["inbox"],
                      admin=child.about["admin"])
        if said.get("STOPPING") == "1":
            child.about["stopping"] = True
        self.record(self.run.write_pid, child)

    def record(self, write, child):
        """A full disk is no reason to leave everybody: the file then lacks what is new."""
        try:
            write(child.spec["name"], child.about)
        except OSError as why:
            self.complain(f"{self.run.path}: {child.spec['name']}: {why}")

    def note_deaths(self):
        while self.children:
            # Not reaped yet: until its followers are known, its pid must stay taken.
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return
            child = self.children.pop(found.si_pid, None)
            if child is None:
                os.waitpid(found.si_pid, 0)
                continue
            self.end_leftovers(child)
            status = child.popen.wait()
            ended = {"at": time.time(), "status": status} if status >= 0 else {
                "at": time.time(), "signal": -status, "signal_name": signal_name(-status)}
            child.about["ended"] = ended
            self.record(self.run.write_exit, child)
            self.tell(event="ended", name=child.spec["name"], log_offset=child.log_offset)

    def end_leftovers(self, child):
        """What an instance has started and left behind ends with it."""
        kill_at = time.monotonic() + child.about["stop_ms"] / 1000
        for one in Process(*child.about["process"]).followers():
            one.signal(signal.SIGTERM, signal.SIGCONT)
            self.leftovers.append((one, kill_at))

    def tend(self):
        now = time.monotonic()
        self.leftovers = [(one, at) for one, at in self.leftovers if one.alive()]
        for one, kill_at in self.leftovers:
            if now >= kill_at:
                one.signal(signal.SIGKILL)
        for child in self.children.values():
            self.cut_log(child)

    def cut_log(self, child):
        path = child.about["log"]
        try:
            if os.path.getsize(path) <= child.spec["log_bytes"]:
                return
            try:
                shutil.copyfile(path, path + ".1")
            finally:  # bounded above all: what cannot be kept is let go
                os.truncate(path, 0)
                child.log_offset = 0
        except OSError as why:
            self.complain(f"{path}: {why}")

    def complain(self, text):
        if text != self.last_complaint:
            with contextlib.suppress(OSError):
                print(text, file=sys.stderr, flush=True)
        self.last_complaint = text


def main():
    run = RunDirectory(sys.argv[1])
    Keeper(run).run_until_all_ended()


if __name__ == "__main__":
    main()
