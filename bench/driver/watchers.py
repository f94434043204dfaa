# SPDX-License-Identifier: MPL-2.0
"""Who watches the nodes of one contender while it is measured: a Prometheus that asks each of them every
second, a collector of spans that takes them all, a tap that waits for what goes wrong, `kith top`, and the live
map with a page open."""

import http.server
import subprocess
import threading
import time
import urllib.request

import programs  # makes tests/support importable
from processes import Process, free_port, plain_environment

EVERY_S = 1.0
FOUND_S = 10.0


def _read(address):
    try:
        with urllib.request.urlopen(address, timeout=EVERY_S) as answer:
            return answer.read()
    except OSError:
        return b""  # it is not up yet


class _Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.spans_taken += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Watchers:
    """Ends like a program of the stage."""

    def __init__(self, domain, kith, log):
        self.domain = domain
        self.kith = kith
        self.log = log
        self.tools = []
        self.map = None
        self.over = threading.Event()
        self.pages = []
        self.collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Taker)
        self.collector.spans_taken = 0
        for work in (self.collector.serve_forever, self._scrape):
            threading.Thread(target=work, daemon=True).start()

    def options(self):
        """For one more node."""
        page = f"127.0.0.1:{free_port()}"
        self.pages.append(page)
        return ["--admin", page, "--collector", f"127.0.0.1:{self.collector.server_address[1]}"]

    def begin(self):
        """When the nodes are up."""
        page = f"127.0.0.1:{free_port()}"
        for tool in (["tap", "--errors", "--json"], ["top", "--json"], ["web", "--listen", page]):
            self.tools.append(Process([self.kith, *tool, "--domain", self.domain],
                                      stdout=subprocess.DEVNULL, stderr=self.log, env=plain_environment()))
        self.map = f"http://{page}/map/0"
        self._wait_for_map()

    def _wait_for_map(self):
        """To start takes more than to watch."""
        until = time.monotonic() + FOUND_S
        while b'"nodes"' not in _read(self.map):
            if time.monotonic() > until:
                raise programs.Failed(f"kith web of {self.domain} has found no nodes in {FOUND_S:.0f} s")
            time.sleep(0.05)

    def _scrape(self):
        while not self.over.wait(EVERY_S):
            addresses = [f"http://{page}/metrics" for page in self.pages] + ([self.map] if self.map else [])
            for address in addresses:
                _read(address)

    def ask_to_end(self):
        self.over.set()
        for tool in self.tools:
            tool.terminate()

    def end(self):
        for tool in self.tools:
            tool.end(programs.END_S)
        self.collector.shutdown()
        self.collector.server_close()
