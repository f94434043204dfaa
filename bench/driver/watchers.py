# SPDX-License-Identifier: MPL-2.0
"""Who watches the nodes of one contender while it is measured: a Prometheus that asks each of them every
second, a collector of spans that takes them all, and a tap that waits for what goes wrong."""

import http.server
import subprocess
import threading
import urllib.request

import programs  # makes tests/support importable
from processes import Process, free_port, plain_environment

EVERY_S = 1.0


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
        self.tap = None
        self.scraped = 0
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
        self.tap = Process([self.kith, "tap", "--errors", "--json", "--domain", self.domain],
                           stdout=subprocess.DEVNULL, stderr=self.log, env=plain_environment())

    def _scrape(self):
        while not self.over.wait(EVERY_S):
            for page in list(self.pages):
                try:
                    with urllib.request.urlopen(f"http://{page}/metrics", timeout=EVERY_S) as answer:
                        answer.read()
                    self.scraped += 1
                except OSError:
                    pass  # it is not up yet

    def ask_to_end(self):
        self.over.set()
        if self.tap:
            self.tap.terminate()

    def end(self):
        if self.tap:
            self.tap.end(programs.END_S)
        self.collector.shutdown()
        self.collector.server_close()
