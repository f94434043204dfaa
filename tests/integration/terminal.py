# SPDX-License-Identifier: MPL-2.0
"""A terminal of its own, by tmux: keys go in, and what is on the screen comes out."""

import shlex
import subprocess
import time

from kith1 import SLOWER


class Terminal:
    def __init__(self, socket, environment):
        self.tmux = ["tmux", "-f", "/dev/null", "-S", socket]
        self.environment = environment

    def run(self, *args):
        return subprocess.run([*self.tmux, *args], capture_output=True, text=True,
                              timeout=20 * SLOWER, env=self.environment, check=False).stdout

    def start(self, command, columns=80):
        self.run("new-session", "-d", "-x", str(columns), "-y", "24",
                 f"{shlex.join(command)}; echo status $?; sleep 60")

    def type(self, *keys):
        self.run("send-keys", *keys)

    def text(self):
        return self.run("capture-pane", "-p")

    def wait(self, *texts, without=()):
        """What is shown when it has those, and none of the others."""
        end = time.monotonic() + 20 * SLOWER
        while True:
            shown = self.text()
            if all(text in shown for text in texts) and not any(text in shown for text in without):
                return shown
            if time.monotonic() > end:
                raise AssertionError(f"{texts} without {without}:\n{shown}")
            time.sleep(0.05)

    def close(self):
        self.run("kill-server")
