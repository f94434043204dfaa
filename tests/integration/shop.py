# SPDX-License-Identifier: MPL-2.0
"""Real services of a domain, a beacon port and a directory of their own."""

import os
import socket
import subprocess
import tempfile

import zmq

import kith1

BIN = os.environ.get("KITH_BIN_DIR", "build/dev/bin")
DOMAIN = f"python-{os.getpid()}"


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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

    def start(self, service, *flags):
        path = os.path.join(self.directory.name, f"{service}.db")
        with open(os.path.join(self.directory.name, f"{len(self.processes)}.log"), "w") as log:
            self.processes.append(subprocess.Popen(
                [os.path.join(BIN, service), "--domain", DOMAIN, "--beacon-port", str(self.port),
                 "--database", path, *flags],
                stdout=log, stderr=log))
        return self.processes[-1]

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.directory.name)):
            if name.endswith(".log"):
                with open(os.path.join(self.directory.name, name)) as file:
                    text += f"--- {name}\n{file.read()}"
        return text

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        statuses = []
        for process in self.processes:
            try:
                statuses.append(process.wait(10 * kith1.SLOWER))
            except subprocess.TimeoutExpired:
                process.kill()
                statuses.append(process.wait())
        self.beacons.close()
        self.context.destroy(0)
        return statuses

    def link(self, beacon=None):
        return kith1.Link(self.context, (beacon or self.order).inbox, DOMAIN)
