# SPDX-License-Identifier: MPL-2.0
"""The table and the verdict at the end of a soak."""

import glob
import os
import time
from dataclasses import replace

import rests
from losses import unexplained
from trend import growth, growth_at_rests, still_filling

WARM_UP = 20.0  # seconds of each life
# What of a series is judged, and how much of it over the whole window is taken for noise.
# In use: members that left are remembered for a minute, calls and batches come in bursts; 1 KB an
# order at 20 orders/s makes 1,200 KB a minute. Private pages hold what was freed, too, and grow with
# the largest burst so far and with the number of peers that came and went, ever more slowly: only
# much of it is growth. What is given and not yet used is none of it (fleet.MALLOC): lives on a busy
# machine grew by 450 KB. Descriptors: a peer that is away or dialled makes some more or less.
# Third: what a young life may fill besides. Two page caches of 256 KB each fill with the work done,
# not with time: a life of 84 s under little load was still at it.
JUDGED = (("memory in use", "in_use_kb", " KB", 256, 512),
          ("private pages", "private_kb", " KB", 2048, 0),
          ("descriptors", "descriptors", "", 2, 0),
          ("threads", "threads", "", 1, 0))
RESOLUTION_AT_REST = 256  # KB: a life with rests enough is judged by them, any other by its slope
CURVE_POINTS = 12


def during_load(conductor, series):
    if conductor.load_seconds is None:
        return []
    begin, end = conductor.load_seconds
    return [sample for sample in series if begin <= sample.seconds <= end]


def at_rests(conductor, series):
    """The least that was in use about the end of each rest, as (seconds, KB)."""
    points = []
    for _, end in conductor.rests:
        end += conductor.load_seconds[0]
        measured = [s.in_use_kb for s in series
                    if end - rests.BEFORE_END <= s.seconds < end + rests.AFTER_END]
        if len(measured) >= rests.BEFORE_END + rests.AFTER_END / 2 and all(measured):
            points.append((end, min(measured)))
    return points


def found_in(conductor, series):
    """By field, the growth of each thing that is judged; None for what is too short to judge."""
    found = {field: growth([(s.seconds, getattr(s, field)) for s in series if getattr(s, field)],
                           WARM_UP, resolution, filling, counts=not field.endswith("_kb"))
             for _, field, _, resolution, filling in JUDGED}
    rested = growth_at_rests(at_rests(conductor, series), RESOLUTION_AT_REST)
    if rested is not None and found["in_use_kb"] is not None:
        # Others are compared with what it had under load.
        found["in_use_kb"] = replace(rested, highest=found["in_use_kb"].highest)
    return found


def service_of(name):
    """"order" of "order-2"; None for what is no service."""
    service, _, number = name.rpartition("-")
    return service if number.isdigit() else None


def is_problem(lives, name, found, field, sanitized):
    growing = found[field]
    if growing is None or not growing.grows:
        return False
    if not field.endswith("_kb"):
        return True
    of_service = [other[field] for key, (_, other) in lives.items()
                  if service_of(key[0]) == service_of(name) and other[field] is not None]
    return service_of(name) is not None and not sanitized and not still_filling(growing, of_service)


def judge_growth(conductor):
    """Gives the rows of the table and the problems. The load alone is judged: what comes before and
    after is other work."""
    lives = {}
    for key, series in sorted(conductor.sampler.series.items()):
        series = during_load(conductor, series)
        lives[key] = series, found_in(conductor, series)
    rows, problems = [], []
    for (name, life), (series, found) in lives.items():
        for what, field, unit, _, _ in JUDGED:
            if is_problem(lives, name, found, field, conductor.args.sanitized):
                problems.append(
                    f"{name} (life {life}): {what}: growing by {found[field].per_minute:.1f}{unit} a "
                    f"minute over {found[field].minutes:.1f} minutes, certainly by "
                    f"{found[field].at_least:.1f}{unit}{course(series)}")
        if found["descriptors"] is not None:
            rows.append((name, life, series, found))
    return rows, problems


def spread(series):
    """Points of it at equal distances, from its beginning to its end."""
    step = (len(series) - 1) / CURVE_POINTS
    return [series[round(i * step)] for i in range(CURVE_POINTS + 1)]


def course(series):
    """Of a life that is blamed, as lines: what it had, and how much it did meanwhile."""
    points = spread(series)
    rows = (("at second", [round(p.seconds) for p in points]),
            ("in use KB", [p.in_use_kb for p in points]),
            ("private pages KB", [p.private_kb for p in points]),
            ("descriptors", [p.descriptors for p in points]),
            ("CPU s", [p.cpu_s for p in points]))
    return "".join(f"\n    {what:17}" + " ".join(f"{value:6g}" for value in values)
                   for what, values in rows)


def in_kb(found):
    if found is None:
        return f"{'-':>10} {'-':>14}"
    return f"{found.level:7.0f} KB {found.per_minute:+7.1f} KB/min"


def print_table(rows):
    print("\n                       judged           in use                 private pages"
          "        descriptors      threads    CPU")
    for name, life, series, found in rows:
        last, first = series[-1], series[0]
        cpu = (last.cpu_s - first.cpu_s) / max(1.0, last.seconds - first.seconds) * 100
        descriptors = found["descriptors"]
        print(f"  {name + ' (life ' + str(life) + ')':20} {descriptors.minutes:5.1f} min "
              f"{in_kb(found['in_use_kb'])} {in_kb(found['private_kb'])}"
              f" {descriptors.level:5.0f} {descriptors.per_minute:+6.2f}/min {last.threads:5}"
              f" {cpu:7.1f} %")


def print_curve(rows):
    """Of the longest life of each instance under load."""
    print("\n  resident MB, in use KB and descriptors from the beginning of the load to its end, at "
          "equal\n  distances, of the longest life of each:")
    longest = {}
    for name, _, series, _ in rows:
        if len(series) > len(longest.get(name, ())):
            longest[name] = series
    for name, series in sorted(longest.items()):
        points = spread(series)
        for what, texts in (("resident", [f"{p.resident_kb / 1024:6.1f}" for p in points]),
                            ("in use", [f"{p.in_use_kb:6}" for p in points]),
                            ("descriptors", [f"{p.descriptors:6}" for p in points])):
            print(f"  {name:10} {what:11} {' '.join(texts)}")


def print_rests(conductor, rows):
    if not conductor.rests:
        return
    print("\n  in use at the end of each rest of the load, KB:")
    for name, life, series, _ in rows:
        points = at_rests(conductor, series)
        if len(points) > 1:
            print(f"  {name + ' (life ' + str(life) + ')':20} "
                  + " ".join(f"{value:5.0f}" for _, value in points))


def sanitizer_reports(conductor):
    reports = []
    for path in sorted(glob.glob(os.path.join(conductor.directory, "sanitizer.*"))):
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        said = [line for line in text.splitlines() if "ERROR" in line or "runtime error" in line]
        reports.append(f"a sanitizer reports in {path}: {said[0] if said else text[:200]}")
    for process in conductor.fleet.past + list(conductor.fleet.instances.values()):
        for line in process.log().splitlines():
            if "runtime error:" in line or "Sanitizer:" in line:
                reports.append(f"a sanitizer reports in {process.log_path}: {line}")
                break
    return reports


def rest_problems(conductor):
    return [f"{name} has {after} descriptors at rest; it had {before} before the load"
            for name, (before, *rest) in sorted(conductor.at_rest.items())
            for after in rest if after > before]


def silent_probes(conductor):
    if not conductor.fleet.probe:
        return []
    return [f"{name} (life {life}): the probe says nothing"
            for (name, life), series in sorted(conductor.sampler.series.items())
            if name.rpartition("-")[2].isdigit() and len(series) > 5
            and not any(sample.in_use_kb for sample in series)]


def clock(when):
    return time.strftime("%H:%M:%S", time.localtime(when))


def print_report(conductor):
    """0 when all is well, else 1."""
    rows, problems = judge_growth(conductor)
    problems = conductor.problems + problems + sanitizer_reports(conductor)
    problems += rest_problems(conductor) + silent_probes(conductor)
    lost = unexplained(conductor.losses, conductor.incidents)
    problems += [f"{loss.count} events of {loss.topic} from {loss.publisher} were lost at "
                 f"{loss.subscriber} at {clock(loss.when)}, and no fault explains it" for loss in lost]
    print_table(rows)
    print_curve(rows)
    done = conductor.done
    print(f"\n  faults: {done['stop']} stops, {done['kill']} kills, {done['term']} terms, "
          f"{done['blackout']} times all of payment"
          + "".join(f", settled {s:.1f} s after" for s in conductor.blackout_seconds))
    print(f"  events lost: {sum(loss.count for loss in conductor.losses)} in "
          f"{len(conductor.losses)} gaps, {sum(loss.count for loss in lost)} of them unexplained")
    for name, told, delivered, missed in conductor.reckoned:
        print(f"  the books, {name} round: {told} events told = {delivered} delivered + {missed} "
              f"missed")
    print("  descriptors at rest, without databases: " + ", ".join(
        f"{name} {' -> '.join(map(str, counts))}"
        for name, counts in sorted(conductor.at_rest.items())))
    if conductor.late:
        print(f"  this machine was busy with other things: {len(conductor.late)} times a sleep of 20 ms "
              f"took over half a second, once {max(conductor.late):.1f} s")
    if conductor.args.sanitized:
        print("  sanitized: memory is judged by the leak check at each orderly end, not by growth")
    print_rests(conductor, rows)
    for problem in problems:
        print(f"FAILED: {problem}")
    if problems:
        print(f"\n{len(problems)} problem{'s' if len(problems) > 1 else ''}; seed "
              f"{conductor.args.seed}", flush=True)
        return 1
    print("\nall is well: every order settled, the money and the books add up, nothing grew",
          flush=True)
    return 0
