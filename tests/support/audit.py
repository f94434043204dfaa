# SPDX-License-Identifier: MPL-2.0
"""The end of every rig: the books of all nodes, by `kith audit`, while their processes still run.

usage: audit.py [--crashed N] FLAG...: for rigs in other languages; what is wrong is printed."""

import json
import os
import subprocess
import sys

import processes

KITH = os.path.join(processes.BIN, "kith")
PATIENCE_S = 10
# Envelopes that were on their way to a peer when it crashed, in the books of one other.
WINDOW = 1000


def problems(*flags, crashed=0, kith=KITH, patience_s=PATIENCE_S, prefix=(), **options):
    """Lines, one for each thing that does not balance, or that is wrong with the audit: nothing is raised,
    since whoever asks has processes to end. `flags`: how the domain is found. `crashed`: so many nodes of
    it were ended without a last word; or by instance, so many while it lived."""
    patience_s *= processes.SLOWER
    try:
        done = processes.run([*prefix, kith, "audit", "--json", "--patience", f"{patience_s:g}",
                              "--timeout", f"{3 * processes.SLOWER:g}", *flags],
                             limit_s=20 + 6 * patience_s, **options)
        wrong = verdict(done.returncode, done.stdout, done.stderr, crashed)
    except (subprocess.TimeoutExpired, OSError, ValueError) as failed:
        wrong = [str(failed)]
    return [f"kith audit: {line}" for line in wrong]


def expect_balance(*flags, **options):
    """The same, where what is wrong is to be raised."""
    if wrong := problems(*flags, **options):
        raise AssertionError("\n".join(wrong))


def verdict(status, out, err, crashed=0):
    """Pure: of what the command said."""
    if not out.startswith("{"):
        return [f"status {status}: {err.strip()}"]
    report = json.loads(out)
    wrong = [f"{one} does not answer" for one in report["silent"]]
    wrong += [f"{one['node']} against {one['with'] or 'itself'}: {one['what']}"
              for one in report["findings"]]
    for row in report["accounts"]:
        unknown = row["dropped"].get("peer_crashed", 0)
        lost = row["dropped"].get("lost_on_link", 0)
        where = f"{row['node']}: {row['scope']} {row['key']} {row['direction']}"
        peers = crashed.get(row["node"], 0) if isinstance(crashed, dict) else crashed
        if unknown > peers * WINDOW:
            wrong.append(f"{where}: {unknown} unknown (peer_crashed), of {peers} crashed peers")
        if lost:
            wrong.append(f"{where}: {lost} lost_on_link")
    if status and not wrong:
        wrong.append(f"status {status}: {err.strip()}")
    return wrong


def main():
    flags = sys.argv[1:]
    crashed = 0
    if flags[:1] == ["--crashed"]:
        crashed, flags = int(flags[1]), flags[2:]
    found = problems(*flags, crashed=crashed)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
