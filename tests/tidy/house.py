# SPDX-License-Identifier: MPL-2.0
"""The house rules as tables. docs/architecture.md explains the modules, CONTRIBUTING.md the rest."""

import re

# Lowest first: a module may include only those before it.
MODULES = (
    "base ledger wire resilience membership routing security runtime transport discovery "
    "peers rpc events sql admin node durable"
).split()

# Who may include a module, where "everyone above" is too many.
ONLY_USED_BY = {"admin": {"admin", "node"}}

# Public headers that speak for a higher module: nothing below it may include them.
PUBLIC_HEADER_OF = {
    "node.hpp": "node",
    "blocking_client.hpp": "node",
    "durable.hpp": "durable",
    "database.hpp": "sql",
    "events.hpp": "events",
    "call.hpp": "rpc",
    "stream.hpp": "rpc",
}

# Queues that are not in the table of docs/architecture.md ("Every queue"), by their files, and why.
QUEUES_ELSEWHERE = {
    "core/src/base/calendar.hpp": "16 steps of the wall clock",
    "core/src/transport/sim/sim_network.hpp": "the simulation's network, which its own script fills",
    "tools/kith/diagnose/doctor_network.cpp": "16 places where doctor listens, once",
    "tools/storefront/feed_plan.hpp": "the orders of the file that was given",
    "tools/storefront/csv_reader.hpp": "the lines of one record, whose length has a limit",
}

# Words that say nothing of what is in a file: not in the name of any.
NAMES_OF_NOTHING = re.compile(r"(?:^|[_./-])(manager|helpers?|utils?|common|misc)(?=[_.-]|$)")

PUBLIC_HEADERS_MAX = 15
FILE_LINES_MAX = 600
MAIN_LINES_MAX = 100  # of a service: it is wiring
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100

LICENSE = "SPDX-License-Identifier: MPL-2.0"


class Ban:
    """A pattern that is forbidden in `where`, but for `except_in`; `instead` tells what to do."""

    def __init__(self, pattern, instead, where, except_in="$^", raw=False):
        self.pattern = re.compile(pattern)
        self.instead = instead
        self.where = re.compile(where)
        self.except_in = re.compile(except_in)
        self.raw = raw  # look into comments and strings too

    def applies_to(self, path):
        return bool(self.where.match(path)) and not self.except_in.match(path)


PRODUCT = r"(core|services|tools)/"
SOURCE = r"(core|services|tools|tests|bench|examples)/.*\.(hpp|cpp)$"
ANYTHING = r"(?!tests/tidy/)(?!LICENSE)"

BANS = [
    Ban(
        r"[\w>(,=]\s?\{[^{};]*\bco_await\b[^{}]*\}",
        "await into a variable first: GCC 12 destroys what such braces hold twice",
        SOURCE,
    ),
    Ban(r"\bdetached\b", "spawn it in a task_scope, which owns it and handles its errors", SOURCE),
    Ban(
        r"\b(steady_clock|system_clock|high_resolution_clock|utc_clock)\s*::\s*now\b"
        r"|\bclock_gettime\b|\bgettimeofday\b|(?<![\w.>])(std::)?time\s*\(\s*(nullptr|NULL|0|&)",
        "take `now` as an argument, or ask the loop: only runtime reads clocks",
        PRODUCT,
        r"core/src/runtime/|tools/kith/(trust/trust|diagnose/diagnose)_cli\.",  # whose commands run no node
    ),
    Ban(
        r"\bsleep_for\b|\bsleep_until\b|\b(usleep|nanosleep)\s*\(|(?<!\w)::sleep\s*\(",
        "wait on the loop, which the simulation can drive",
        r"(core|services|tools|tests/(unit|sim|conformance|support))/",
        r"tests/support/child_process\.",  # waits for real processes
    ),
    Ban(
        r"\brandom_device\b|\bmt19937|(?<![\w.>:])s?rand\s*\(|\bdefault_random_engine\b",
        "take a random_source: one seed must replay a run",
        r"core/",
        r"core/src/(base/random|node/|runtime/)",
    ),
    Ban(r"[<\"]zmq(_addon)?\.(hpp|h)[>\"]", "use the transport: only it knows ZeroMQ",
        SOURCE, r"core/src/transport/|tests/(integration|conformance|unit/transport)/|bench/"),
    Ban(r"[<\"]asio(\.hpp|/)", "use runtime's loop, timers and tasks",
        SOURCE, r"core/src/(runtime|transport|admin|node)/|bench/"),
    Ban(r"[<\"]sqlite3\.h[>\"]", "use the small database interface of sql",
        SOURCE, r"(core/src|tests/unit)/sql/|tests/(support|sim)/sim_disk|bench/"),
    Ban(r"[<\"]libpq-fe\.h[>\"]", "use the small database interface of sql",
        SOURCE, r"core/src/sql/"),
    Ban(r"[<\"]sodium(\.h|/)", "use security: it wipes, verifies first, and knows the formats",
        SOURCE, r"core/src/security/|tests/integration/curve_flood\."),
    Ban(r"[<\"/]msgpack(\.hpp|/)", "use wire: its decoder has the limits",
        SOURCE, r"(core/src|tests/unit)/wire/|bench/"),
    Ban(
        r"\bstd::(recursive_|shared_|timed_)*mutex\b|\bcondition_variable|"
        r"\b(lock_guard|unique_lock|scoped_lock|shared_lock)\b",
        "send it through the mailbox: one thread owns one loop",
        r"core/",
        r"core/src/(runtime/mailbox\.|admin/)",
    ),
    # The ZAP handler's: libzmq asks it while a loop may be busy.
    Ban(r"\bstd::j?thread\b", "use runtime's pool", r"core/",
        r"core/src/(runtime|admin)/|core/src/transport/zmq/zap_handler\."),
    Ban(r"\bsubprocess\.(Popen|run|call|check_\w+)\(",
        "take processes.py of tests/support: what it starts ends with the rig, and is waited for alike",
        r"(tests|bench)/.*\.py$", r"tests/(support/processes|tidy/\w+)\.py|bench/driver/machine\.py"),
    Ban(r"#\s*include\s*\"[^\"]*\.\./", 'include "module/file.hpp", from the root', SOURCE),
    Ban(r"\b(FIXME|TODO)\b", "do it, or open an issue", ANYTHING, raw=True),
    Ban(r"\bNOLINT|clang-format off", "mend what the tool complains of", SOURCE, raw=True),
    Ban(r"\bGTEST_SKIP\b|\bDISABLED_", "register the test only where it can run", SOURCE),
    Ban(r"(?<![\w.])/(work|root|home/\w+)/|/tmp/kith/", "no path of one machine belongs here",
        ANYTHING, raw=True),
    Ban(r"\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|setAttribute\(\"style",
        "textContent: what nodes say is never markup", r"tools/kith/web/page/", raw=True),
    Ban(r"\t", "use spaces", r".*\.(hpp|cpp|py|cmake|js|mjs|css|html)$|.*CMakeLists\.txt$", raw=True),
    Ban(r"[ \t]+$", "remove the trailing blanks", r".*\.(hpp|cpp|py|sh|cmake|md|js|mjs|css|html)$", raw=True),
]
