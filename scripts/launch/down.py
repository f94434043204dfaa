# SPDX-License-Identifier: MPL-2.0
"""usage: scripts/down [FILE|NAME] [--all] [--run DIR]

Ends what scripts/up has started of that set, and nothing else: SIGTERM, time to drain, and SIGKILL
for what is still there then. Without an argument it ends the only set that runs. Logs and databases
stay where they are.

  --all      every set
  --run DIR  the set with that run directory

Exit status: 0 when nothing of it runs any more, also when nothing ran; 1 otherwise; 2 for a wrong
argument.
"""

from run_directory import RunDirectory, RunError, find_set, known_sets
from stopping import stop


def chosen(options):
    if options.run:
        return [RunDirectory(options.run)]
    if options.set:
        found = find_set(options.set)
        return [found] if found else []
    sets = known_sets()
    if len(sets) > 1 and not options.all:
        names = ", ".join(run.name for run in sets)
        raise RunError(f"several sets have been started ({names}): say which, or --all")
    return sets


def end(run, say):
    if run.launch_file() is None:
        say(f"{run.name}: nothing was started in {run.path}")
        return True
    with run.lock(say), run.trouble("write to"):
        records = list(run.settle().values())
        if not any(one.process.alive() for one in records):
            say(f"{run.name}: nothing runs")
        else:
            say(f"{run.name}: ending {sum(one.process.alive() for one in records)} instances")
        return stop(run, records, say)


def main(options, say):
    sets = chosen(options)
    if not sets:
        say("nothing runs")
    return 0 if all([end(run, say) for run in sets]) else 1
