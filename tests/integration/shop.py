# SPDX-License-Identifier: MPL-2.0
"""Real services of a domain, a beacon port and a directory of their own."""

import os
import sys
import tempfile

import zmq

# For whoever imports this, too.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import audit  # noqa: E402
import kith1  # noqa: E402
from processes import BIN, Process, end_all, free_udp_port  # noqa: E402

DOMAIN = f"python-{os.getpid()}"
POST = os.path.join(BIN, "..", "tests", "post_service")


def order(key, quantity=2, **changes):
    line = {"stock_code": "85123A", "description": "a heart", "quantity": quantity,
            "unit_price": {"ten_thousandths": 25500, "currency": "GBP"}}
    return {"key": key, "customer": "17850", "lines": [line], **changes}


class Shop:
    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="kith-python-")
        self.port = free_udp_port()
        self.beacons = kith1.BeaconPort(self.port)
        self.processes = []
        self.context = zmq.Context()

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def flags(self):
        """How the domain is found."""
        return ["--domain", DOMAIN, "--beacon-port", str(self.port)]

    def start(self, service, *flags):
        return self.keep([os.path.join(BIN, service), "--database", self.path(f"{service}.db"), *flags],
                         f"{len(self.processes)}")

    def start_post(self, role, name, *flags, database=None):
        """A process of post_service; it has its own database, or that of the one named so."""
        return self.keep([POST, role, "--instance", f"{name}-1", "--database",
                          self.path(f"{database or name}.db"), *flags], name)

    def keep(self, command, name):
        self.processes.append(Process([*command, *self.flags()], self.path(f"{name}.log"), name))
        return self.processes[-1]

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.directory.name)):
            if name.endswith(".log"):
                with open(self.path(name), encoding="utf-8", errors="replace") as file:
                    text += f"--- {name}\n{file.read()}"
        return text

    def end(self):
        """The books are audited, then everybody ends in order; what was not as it should be is raised."""
        crashed = sum(one.crashed for one in self.processes)
        wrong = audit.problems(*self.flags(), crashed=crashed) + end_all(self.processes)
        logs = self.close()
        if wrong:
            raise AssertionError("\n".join(wrong) + "\n" + logs)

    def close(self):
        """At once. Gives the logs."""
        for one in self.processes:
            if one.poll() is None:
                one.crash()
        self.beacons.close()
        self.context.destroy(0)
        logs = self.logs()
        self.directory.cleanup()
        return logs

    def link(self, beacon=None):
        return kith1.Link(self.context, (beacon or self.order).inbox, DOMAIN)
