# SPDX-License-Identifier: MPL-2.0
"""What the kernel says of a process, second by second, and what malloc says where it is asked."""

import os
from dataclasses import dataclass

TICKS = os.sysconf("SC_CLK_TCK")
COLUMNS = "seconds name life pid resident_kb private_kb in_use_kb descriptors threads cpu_s"


@dataclass(frozen=True)
class Sample:
    seconds: float
    resident_kb: int
    private_kb: int  # pages of heap and stacks: no code, no file that is mapped or cached
    in_use_kb: int  # handed out by malloc and not freed (probe.cpp); 0: nobody says
    descriptors: int
    threads: int
    cpu_s: float


def read_probe(path):
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read() or 0)
    except (OSError, ValueError):
        return 0


def read_sample(process, seconds):
    """None when the process is gone."""
    pid = process.pid
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            sizes = {line.split()[0]: int(line.split()[1]) for line in file if line.endswith("kB\n")}
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    except (OSError, ProcessLookupError):
        return None
    if "Rss:" not in sizes:
        return None  # it is ending
    cpu = (int(fields[11]) + int(fields[12])) / TICKS
    return Sample(seconds, sizes["Rss:"], sizes["Anonymous:"], read_probe(process.probe_path),
                  descriptors, int(fields[17]), cpu)


def descriptors_but_databases(pid):
    """A service opens its second connection to the database with the first checkpoint, whenever that
    is: those are left out where descriptors are compared exactly."""
    count = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue  # closed meanwhile; the one of this listing, too
        count += ".db" not in target
    return count


class Sampler:
    """Keeps a series for each life of each process, and writes all to a table of tabs."""

    def __init__(self, path):
        self.series = {}  # (name, life) -> samples
        self.file = open(path, "w", encoding="ascii")
        self.file.write(COLUMNS.replace(" ", "\t") + "\n")

    def take(self, processes, seconds):
        for process in processes:
            sample = read_sample(process, seconds)
            if sample is None:
                continue
            self.series.setdefault((process.name, process.life), []).append(sample)
            self.file.write(
                f"{seconds:.1f}\t{process.name}\t{process.life}\t{process.pid}\t"
                f"{sample.resident_kb}\t{sample.private_kb}\t{sample.in_use_kb}\t"
                f"{sample.descriptors}\t{sample.threads}\t{sample.cpu_s:.2f}\n")
        self.file.flush()

    def latest(self, process):
        series = self.series.get((process.name, process.life))
        return series[-1] if series else None

    def close(self):
        self.file.close()
