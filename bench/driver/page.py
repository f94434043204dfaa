# SPDX-License-Identifier: MPL-2.0
"""docs/benchmarks.md, -seen.md and -secure.md, written from the results of a run."""

import tables

HEAD = """# Benchmarks

This page is written by `scripts/bench --page`; do not edit it. It is what

```sh
{command}
```

measured on {cores} cores of {cpu}, Linux {kernel}{versions}. Everything ran on this one machine, in one
run, side by side: {rounds} rounds of {span_ms:.0f} ms for each contender, after {warm_up_ms:.0f} ms of
warm-up, with new processes every {anew} rounds; {quiet}.

## How to read it

Within a round the contenders run one after the other, in an order that changes from round to round. A ratio is
taken within each round; the tables have its median and, in brackets, the quartiles; for the goals also between
which figures the true median is, 95 times of 100: by the medians of the sittings, each of which had processes of
its own, and where there were fewer than six, not at all ("-"). Where a goal is between these figures its
verdict is *unsure*. **Only ratios mean something**:
the figures of a column are medians over the rounds, for orientation, and another machine, or another hour of
this one, has others. For round trips a ratio below 1 is better than libzmq; for calls and events one above 1 is.
CPU time is that of all processes of a contender (client and server, publisher and subscribers, and the NATS server),
divided by the operations they finished; less is better.

Every answer is compared with its question, and every event must come once and in order: a run with one that
does not is no result.

## Who takes part

| name | what it is |
|---|---|
| libzmq | written by hand without needless work: DEALER and ROUTER, PUB and SUB, one frame a message, blocking reads, msgpack-cxx (`bench/contenders/libzmq_calls.cpp`, `bench/contenders/libzmq_events.cpp`) |
| libzmq, 64 packed by hand | the same with 64 messages in each frame: what batching could reach at best |
| kith | two nodes that found each other; a plain handler, and callbacks that keep the window full (`bench/contenders/kith_calls.cpp`, `bench/contenders/kith_events.cpp`) |
| kith, coroutines | the same, with one coroutine for each call of the window |
| kith, blocking client | `kith::blocking_client` from a plain thread |
| gRPC | C++, unary calls, insecure, the same fields as protobuf: the blocking stub for round trips, the callback interfaces of client and server otherwise |
| NATS | nats-server between the two, libnats, the same MessagePack |

Over ipc kith's calls run with its defaults, which choose it for two nodes of one user on one machine; its events
are told to. All of them send the same struct: 64 octets means that its encoding has 64. An order has six fields and 89 octets. A
publisher is never more than 4,096 events, or about a MiB, ahead of its slowest subscriber, which it reads from
memory that the processes share, so nobody drops events for want of room.

## Goals
"""


SEEN_HEAD = """# What it costs to be seen

This page is written by `scripts/bench --unseen --page`; do not edit it. It is what

```sh
{command}
```

measured on {cores} cores of {cpu}, Linux {kernel}{versions}: {rounds} rounds of {span_ms:.0f} ms for each
contender, with new processes every {anew} rounds, side by side in one run; {quiet}. [benchmarks.md](benchmarks.md) says how to read a ratio, and what the
cases are.

| name | what it is |
|---|---|
| kith | as it is by default: the flight recorder keeps the last packets, and traces begin |
| kith, traces only | without the flight recorder (`recorder_bytes` 0) |
| kith, unseen | without recorder and traces |
| kith, watched | by default, and each node has pages that are read every second (`/metrics`), sends its spans to a collector, is tapped for what goes wrong (`kith tap --errors`), and is asked by `kith top` and by the live map with a page open (`kith web`); who watches runs on the same cores |

The counters and the histograms of latencies are always kept; no contender is without them. A tap that shows every
packet costs whatever it takes to print them, on the machine where it runs; the node's part of it is bounded, and what
the tap is too slow for it misses.

## Goals
"""


SECURE_HEAD = """# What certificates cost

This page is written by `scripts/bench --secure --page`; do not edit it. It is what

```sh
{command}
```

measured on {cores} cores of {cpu}, Linux {kernel}{versions}: {rounds} rounds of {span_ms:.0f} ms for each
contender, with new processes every {anew} rounds, side by side in one run; {quiet}. [benchmarks.md](benchmarks.md) says how to read a ratio, and what the
cases are; [security.md](security.md) what certificates give.

| name | what it is |
|---|---|
| libzmq | without keys, and each event a message of its own |
| kith | without certificates, as it is by default |
| kith with certificates | with a trust directory: each octet is encrypted by CURVE, each request and each subscription is checked against the certificate of who sent it |

A handshake is paid once for each link, before the measuring begins. Events are packed before they are encrypted: one
packet of many is sealed, and not each of them.

## Goals
"""


def head_of(results):
    return (SECURE_HEAD if results.get("secure") else
            SEEN_HEAD if results.get("unseen") else HEAD)


def name_of(results):
    """Of the page, in docs/."""
    return ("benchmarks-secure.md" if results.get("secure") else
            "benchmarks-seen.md" if results.get("unseen") else "benchmarks.md")


def quiet_text(quiet):
    """What was done against the noise of the machine."""
    awake = "the CPUs were kept awake" if quiet["awake"] else \
        "the CPUs could not be kept awake, which blurs the round trips"
    first = "the benchmark had precedence" if quiet["first"] else "it had no precedence"
    return f"{awake}, and {first} over what else ran"


def text(results):
    machine = results["machine"]
    versions = "".join(f", {name} {version}" for name, version in machine["versions"].items())
    plan = results["plan"]
    lines = [head_of(results).format(
        command=results["command"], cores=machine["cores"], cpu=machine["cpu"],
        kernel=machine["kernel"], versions=versions, rounds=plan["rounds"],
        span_ms=plan["span_s"] * 1e3, warm_up_ms=plan["warm_up_s"] * 1e3, anew=plan["anew"],
        quiet=quiet_text(results["quiet"]))]
    lines += tables.markdown([list(tables.GOAL_COLUMNS), *tables.goal_rows(results)])
    lines += ["", "## Results"]
    for case in results["cases"]:
        lines += ["", f"### {case['title']}", ""]
        lines += tables.markdown([list(tables.COLUMNS), *tables.rows_of(case)])
    if results.get("unseen") or results.get("secure"):
        return "\n".join(lines) + "\n"
    missing = [name for name in ("gRPC", "nats-server") if name not in machine["versions"]]
    if missing:
        lines += ["", f"Not installed: {', '.join(missing)}; `scripts/bench --peers` installs them."]
    return "\n".join(lines) + "\n"
