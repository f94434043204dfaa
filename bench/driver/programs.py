# SPDX-License-Identifier: MPL-2.0
"""The processes of a benchmark: started, awaited, asked for a run, ended. The driver reads their CPU
clocks, so each contender is charged for all of its processes, whatever they are."""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time

# For the other modules, too.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "support"))
from processes import Process, free_port  # noqa: E402

READY_S = 20
# Debian puts it where only root looks.
NATS_SERVER = shutil.which("nats-server", path=os.environ.get("PATH", "") + ":/usr/sbin")
END_S = 5


class Failed(Exception):
    """A program did not do what it should; the text says which and why."""


class Stalled(Failed):
    """It finished nothing in the time of a run: the machine was elsewhere."""


class Program:
    def __init__(self, command, log):
        self.name = os.path.basename(command[0]) + " " + command[1]
        self.command = command
        self.log = log
        self.buffer = b""
        self.is_ready = False
        self.process = Process(command, name=self.name, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=log, bufsize=0)

    def line(self, seconds):
        """The next line of its output, within that time."""
        until = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = until - time.monotonic()
            readable = select.select([self.process.stdout], [], [], max(0.0, left))[0]
            if not readable:
                raise Failed(f"{self.name} said nothing for {seconds:.0f} s")
            piece = self.process.stdout.read(65536)
            if not piece:
                raise Failed(f"{self.name} ended with status {self.process.wait(END_S)}: "
                             f"{self.last_words()}")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def last_words(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()[-500:].strip() or "no reason given"

    def ready(self):
        """Waits for it; gives the endpoint that it names."""
        word, _, endpoint = self.line(READY_S).partition(" ")
        if word != "ready":
            raise Failed(f"{self.name} said {word} instead of ready")
        self.is_ready = True
        return endpoint.strip()

    def tell(self, line):
        self.process.stdin.write(f"{line}\n".encode())

    def run(self, warm_up, span):
        self.tell(f"run {warm_up} {span}")
        return json.loads(self.line(warm_up + span + READY_S))

    def cpu_seconds(self):
        # The CPU clock of another process: linux's own numbering (include/linux/posix-timers.h).
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def ask_to_end(self):
        if self.process.stdin:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass

    def end(self):
        """After `ask_to_end`. Nobody stays."""
        if self.process.wait_at_most(END_S) is None:
            self.process.crash()
        self.process.stdout.close()


class NatsServer(Program):
    """nats-server knows nothing of our input and output: it is up when its port is."""

    def __init__(self, log):
        self.port = free_port()
        super().__init__([NATS_SERVER, "-a", "127.0.0.1", "-p", str(self.port)], log)

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def ready(self):
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise Failed(f"nats-server ended: {self.last_words()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                self.is_ready = True
                return self.url
            except OSError:
                time.sleep(0.02)
        raise Failed(f"nats-server does not answer on port {self.port}")

    def ask_to_end(self):
        super().ask_to_end()
        self.process.terminate()
