# SPDX-License-Identifier: MPL-2.0
"""usage: scripts/status [FILE|NAME] [--json] [--run DIR]

Shows the instances of a set that scripts/up has started, or of all sets.

  --json     for programs
  --run DIR  the set with that run directory

States: starting (not ready yet), running, stopping, frozen (by SIGSTOP), ended (and how), gone
(nobody noted how: its keeper was killed, or the machine was started anew).
Exit status: 0 when all of them run and are ready; 1 when one does not; 3 when there is nothing; 2 for a wrong
argument.
"""

import json

from run_directory import RunDirectory, RunError, find_set, known_sets

HEADINGS = ("INSTANCE", "PID", "STATE", "UPTIME", "RSS", "LISTENS AT")


def row_of(record):
    state = record.state()
    there = state not in ("ended", "gone")
    return {
        "instance": record.name,
        "service": record.about["service"],
        "pid": record.process.pid if there else None,
        "state": state,
        "uptime_s": round(record.process.uptime_s(), 1) if there else None,
        "rss_bytes": record.process.rss_bytes() if there else None,
        "inbox": record.about["inbox"] if there else None,
        "admin": record.about.get("admin") if there else None,
        "log": record.log,
        "exit_status": record.ended.get("status") if record.ended else None,
        "signal": record.ended.get("signal_name") if record.ended else None,
    }


def span(seconds):
    """3 s, 5 min, 2 h 5 min, 3 d 4 h."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"


def cells(record, row):
    if row["pid"] is None:
        return (row["instance"], "-", f"{row['state']}: {record.how_it_ended()}", "", "", "")
    return (row["instance"], str(row["pid"]), row["state"], span(row["uptime_s"]),
            f"{row['rss_bytes'] / 2**20:.1f} MiB", row["inbox"] or "-")


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()


def show(shown):
    for run, records, rows in shown:
        print(f"{run.name}: {run.path}, from {run.launch_file()}")
        lines = [cells(record, row) for record, row in zip(records, rows)]
        for line in table([HEADINGS, *lines]):
            print(f"  {line}")


def main(options, say):
    if options.run:
        sets = [RunDirectory(options.run)]
    else:
        found = find_set(options.set) if options.set else None
        sets = ([found] if found else []) if options.set else known_sets()
    shown, damaged = [], False
    for run in sets:
        try:
            records = list(run.settle().values())
        except RunError as why:
            say(f"status: {why}")
            damaged = True
            continue
        if records:
            shown.append((run, records, [row_of(one) for one in records]))
    if options.json:
        print(json.dumps({"sets": [
            {"name": run.name, "directory": run.path, "file": run.launch_file(), "instances": rows}
            for run, _, rows in shown]}, indent=2))
    else:
        show(shown)
    if damaged:
        return 1
    if not shown:
        say("nothing runs")
        return 3
    bad = any(row["state"] != "running" for _, _, rows in shown for row in rows)
    return 1 if bad else 0
