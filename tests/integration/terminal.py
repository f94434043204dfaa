# SPDX-License-Identifier: MPL-2.0
"""A terminal of its own, by tmux: keys go in, and what is on the screen comes out."""

import shlex

from processes import run, wait_until


class Terminal:
    def __init__(self, socket, environment):
        self.tmux = ["tmux", "-f", "/dev/null", "-S", socket]
        self.environment = environment

    def run(self, *args):
        return run([*self.tmux, *args], 20, env=self.environment).stdout

    def start(self, command, columns=80):
        self.run("new-session", "-d", "-x", str(columns), "-y", "24",
                 f"{shlex.join(command)}; echo status $?; sleep 60")

    def type(self, *keys):
        self.run("send-keys", *keys)

    def text(self):
        return self.run("capture-pane", "-p")

    def wait(self, *texts, without=()):
        """What is shown when it has those, and none of the others."""
        shown = ""

        def is_shown():
            nonlocal shown
            shown = self.text()
            return all(text in shown for text in texts) and not any(text in shown for text in without)

        wait_until(is_shown, lambda: f"{texts} without {without}:\n{shown}")
        return shown

    def close(self):
        self.run("kill-server")
