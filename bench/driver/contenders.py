# SPDX-License-Identifier: MPL-2.0
"""Who takes part in what. A contender's name is "WHO/TRANSPORT", with "@before" after it when its
programs are those of another build; it is one or more processes."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import programs
import trust
import watchers
import audit
from processes import plain_environment

TRANSPORTS = ("tcp", "ipc")
BEFORE = "@before"

LABELS = {
    "libzmq": "libzmq",
    "libzmq-packed": "libzmq, 64 packed by hand",
    "kith": "kith",
    "kith-coroutine": "kith, coroutines",
    "kith-blocking": "kith, blocking client",
    "kith-secure": "kith with certificates",
    "kith-secure-blocking": "kith with certificates, blocking client",
    "kith-unseen": "kith, unseen",
    "kith-unseen-blocking": "kith, unseen, blocking client",
    "kith-unrecorded": "kith, traces only",
    "kith-unrecorded-blocking": "kith, traces only, blocking client",
    "kith-watched": "kith, watched",
    "kith-watched-blocking": "kith, watched, blocking client",
    "grpc": "gRPC",
    "nats": "NATS",
}


class Case:
    def __init__(self, name, title, unit, payload, window=1, subscribers=0):
        self.name = name
        self.title = title
        self.unit = unit  # "us": of one round trip, less is better; else so many per second
        self.payload = payload
        self.window = window
        self.subscribers = subscribers

    @property
    def less_is_better(self):
        return self.unit == "us"


def window_of_events(octets):
    """How far a publisher may be ahead: about a MiB, and not more than fills some packets."""
    return max(64, min(4096, (1 << 20) // octets))


def _calls():
    for payload, title in (("64", "64 octets"), ("order", "an order")):
        yield Case(f"round-trip-{payload}", f"Round trip of one call, {title}", "us", payload)
    for window in (64, 1024):
        for payload, title in (("64", "64 octets"), ("order", "an order")):
            yield Case(f"calls-{payload}-{window}", f"Calls, {title}, {window:,} in flight",
                       "calls/s", payload, window)
    yield Case("calls-65536-16", "Calls, 64 KiB, 16 in flight", "calls/s", "65536", 16)


def _events():
    for subscribers in (1, 10):
        for octets, title in ((64, "64 octets"), (256, "256 octets"), (1024, "1 KiB"),
                              (65536, "64 KiB")):
            heard = "one subscriber" if subscribers == 1 else f"{subscribers} subscribers"
            yield Case(f"events-{octets}-to-{subscribers}", f"Events of {title} to {heard}",
                       "deliveries/s", str(octets), window_of_events(octets), subscribers)


CASES = [*_calls(), *_events()]


class Team:
    """The processes of one contender: the one that measures, and the others."""

    def __init__(self, measurer, others):
        self.measurer = measurer
        self.members = [measurer, *others]
        for program in self.members:
            if not program.is_ready:
                program.ready()

    def run(self, warm_up, span):
        """One run, with the CPU time of all of them for one operation."""
        before = sum(program.cpu_seconds() for program in self.members)
        made = self.measurer.run(warm_up, span)
        made["cpu_s"] = sum(program.cpu_seconds() for program in self.members) - before
        return made


class Contender:
    """Starts its processes for a case; `stage` has the directory, the domain and the programs."""

    def __init__(self, who, transport, programs_at, before=False):
        self.who = who
        self.transport = transport
        self.programs_at = programs_at
        self.name = f"{who}/{transport}" + (BEFORE if before else "")

    def start(self, case, stage):
        if case.subscribers:
            return self._start_events(case, stage)
        return self._start_calls(case, stage)

    def _options(self, case, stage):
        options = ["--payload", case.payload, "--window", str(case.window)]
        if self.who.startswith("kith"):
            options += ["--domain", stage.domain_of(self.name)]
            found_by = []
        if self.who == "kith-coroutine":
            options += ["--how", "coroutine"]
        if self.who.endswith("blocking"):
            options += ["--how", "blocking"]
        if self.who.startswith("kith-secure"):
            found_by = ["--trust", trust.directory_for(stage, self.name, self.programs_at)]
            options += found_by
        for how in ("unseen", "unrecorded"):
            if self.who.startswith(f"kith-{how}"):
                options += [f"--{how}"]
        if self.who == "libzmq-packed":
            options += ["--pack", str(min(64, case.window))]
        if self.who.startswith("kith"):
            stage.has_books(self.name, self.programs_at, found_by)
        return options

    def _program(self, kind):
        return os.path.join(self.programs_at, f"bench_{self.who.split('-')[0]}_{kind}")

    def _endpoint(self, case, stage, part):
        if self.transport == "ipc" and self.who.startswith("kith") and not case.subscribers:
            return []  # its default on one host
        if self.transport == "ipc":
            return ["--endpoint", f"ipc://{stage.path(self.name, part)}"]
        return ["--endpoint", "tcp://127.0.0.1:*"]

    def _peer_endpoint(self, case, stage, part, told):
        """Who dials: libzmq is told where; kith finds it, and listens itself."""
        if self.who.startswith("kith"):
            return self._endpoint(case, stage, part)
        return ["--endpoint", told]

    def _broker(self, stage):
        """The processes between the others, and where the first of the others goes."""
        if self.who != "nats":
            return [], None
        broker = stage.start_nats_server()
        return [broker], ["--endpoint", broker.ready()]

    def _watchers(self, stage):
        """Those who watch, and what to tell each node."""
        if not self.who.startswith("kith-watched"):
            return None, lambda: []
        watching = stage.start_watchers(stage.domain_of(self.name),
                                        os.path.join(self.programs_at, "..", "bin", "kith"))
        return watching, watching.options

    def _start_calls(self, case, stage):
        options = self._options(case, stage)
        watching, seen = self._watchers(stage)
        brokers, there = self._broker(stage)
        server = stage.start(self._program("calls"), "serve",
                             options + seen() + (there or self._endpoint(case, stage, "s")))
        where = server.ready()
        client = stage.start(self._program("calls"), "call",
                             options + seen() + self._peer_endpoint(case, stage, "c", where))
        team = Team(client, [server, *brokers])
        if watching:
            watching.begin()
        return team

    def _start_events(self, case, stage):
        options = self._options(case, stage) + ["--progress", stage.path(self.name, "progress"),
                                                "--subscribers", str(case.subscribers)]
        watching, seen = self._watchers(stage)
        brokers, there = self._broker(stage)
        publisher = stage.start(self._program("events"), "publish",
                                options + seen() + (there or self._endpoint(case, stage, "p")))
        where = publisher.ready()
        subscribers = [
            stage.start(self._program("events"), "subscribe",
                        options + seen() + ["--index", str(index)]
                        + self._peer_endpoint(case, stage, f"s{index}", where))
            for index in range(case.subscribers)]
        team = Team(publisher, [*subscribers, *brokers])
        if watching:
            watching.begin()
        return team


class Stage:
    """Where the processes of one case run."""

    def __init__(self, directory):
        self.directory = directory
        self.started = []
        self.books = {}  # contender -> the tool and how it finds the nodes

    def path(self, contender, part):
        return os.path.join(self.directory, f"{contender.replace('/', '-')}.{part}")

    def domain_of(self, contender):
        return f"bench-{os.getpid()}-{re.sub('[/@]', '-', contender)}"

    def has_books(self, contender, programs_at, found_by=()):
        """Its nodes are of kith: their books must balance."""
        kith = os.path.join(programs_at, "..", "bin", "kith")
        self.books[contender] = (kith, ["--domain", self.domain_of(contender), *found_by])

    def audit(self):
        """What does not balance before all end: lines by contender. Those of another build are not
        judged."""
        judged = [name for name in self.books if not name.endswith(BEFORE)]
        with ThreadPoolExecutor(max(1, len(judged))) as pool:
            found = pool.map(lambda name: audit.problems(*self.books[name][1], kith=self.books[name][0],
                                                         env=plain_environment()), judged)
            return {name: lines for name, lines in zip(judged, found) if lines}

    def start(self, program, role, options):
        return self._keep(programs.Program([program, role, *options], self._log()))

    def start_nats_server(self):
        return self._keep(programs.NatsServer(self._log()))

    def start_watchers(self, domain, kith):
        return self._keep(watchers.Watchers(domain, kith, self._log()))

    def _log(self):
        return open(os.path.join(self.directory, f"{len(self.started)}.log"), "wb")

    def _keep(self, program):
        self.started.append(program)
        return program

    def end(self):
        # The last ones first: a broker goes when its clients have gone.
        for program in reversed(self.started):
            program.ask_to_end()
        for program in reversed(self.started):
            program.end()
            program.log.close()


def label_of(name):
    """For people: "kith, coroutines, tcp"."""
    plain = name.removesuffix(BEFORE)
    who, transport = plain.split("/")
    return f"{LABELS[who]}, {transport}" + (", before" if plain != name else "")


def base_of(name):
    """libzmq over the same transport."""
    return "libzmq/" + name.removesuffix(BEFORE).split("/")[1]


def names_for(case, has_grpc, has_nats):
    calls = not case.subscribers
    for transport in TRANSPORTS:
        yield "libzmq", transport
        yield "kith", transport
        if case.less_is_better:
            yield "kith-blocking", transport
    if calls and case.window == 64:
        yield "kith-coroutine", "tcp"
    if case.window >= 64 and case.payload != "65536":
        yield "libzmq-packed", "tcp"
    if has_grpc and calls:
        yield "grpc", "tcp"
    if has_nats:
        yield "nats", "tcp"


def names_beside(case, others):
    for transport in TRANSPORTS:
        yield "libzmq", transport
        for who in ("kith", *others):
            yield (who + "-blocking" if case.less_is_better else who), transport


SECURE = ("kith-secure",)
SEEN = ("kith-unseen", "kith-unrecorded", "kith-watched")


def contenders_beside(case, programs_at, others):
    """kith beside other ways to run it (SECURE: with certificates; SEEN: without recorder and traces, without
    recorder, and watched), and libzmq, which is plain here."""
    return [Contender(who, transport, programs_at) for who, transport in names_beside(case, others)]


def contenders_for(case, programs_at, versus=None):
    """`versus`: a directory with the programs of another build; kith runs from both."""
    def installed(program):
        return os.path.exists(os.path.join(programs_at, program))

    has_nats = installed("bench_nats_calls") and bool(programs.NATS_SERVER)
    made = []
    for who, transport in names_for(case, installed("bench_grpc_calls"), has_nats):
        made.append(Contender(who, transport, programs_at))
        if versus and who.startswith("kith"):
            made.append(Contender(who, transport, versus, before=True))
    return made
