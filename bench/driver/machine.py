# SPDX-License-Identifier: MPL-2.0
"""Where and how it ran: what a reader needs to judge the figures by."""

import os
import re
import subprocess


def command():
    """As it is to be repeated: without the file of its own that somebody had the results in."""
    words = os.environ.get("KITH_BENCH_ARGS", "").split()
    said = ["scripts/bench"]
    for before, word in zip(["", *words], words):
        if "--json" not in (before, word) and not word.startswith("--json="):
            said.append(word)
    return " ".join(said)


def description():
    return {"cpu": _first("/proc/cpuinfo", r"model name\s*:\s*(.+)") or "unknown",
            "cores": os.cpu_count(),
            "kernel": os.uname().release,
            "versions": {name: version for name, version in
                         (("libzmq", package_version("libzmq3-dev")),
                          ("gRPC", package_version("libgrpc++-dev")),
                          ("nats-server", package_version("nats-server")),
                          ("libnats", package_version("libnats-dev"))) if version}}


def package_version(name):
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", name],
                           capture_output=True, text=True, check=False)
    status, _, version = asked.stdout.partition(" ")
    return version if status == "installed" else None


def _first(path, pattern):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = re.search(pattern, file.read())
            return found.group(1).strip() if found else None
    except OSError:
        return None
