#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""scripts/demo when something is wrong, and when it is ended: what it says, its status, what it leaves."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import BIN, Process, plain_environment, run, wait_until  # noqa: E402

ROOT = os.environ.get("KITH_SOURCE_DIR", ".")
LIMIT_S = 100
IN_A_SMALL_MOUNT = ("unshare", "--mount", "sh", "-c",
                    'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"', "sh")


def can_mount():
    try:
        return not run([*IN_A_SMALL_MOUNT, "size=1m", "/mnt", "true"]).returncode
    except OSError:
        return False


class Demo(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="kith-faults-", ignore_cleanup_errors=True)
        self.addCleanup(made.cleanup)
        self.directory = made.name
        self.scratch = os.path.join(made.name, "tmp")
        os.mkdir(self.scratch)
        self.mark = f"TMPDIR={self.scratch}".encode()
        self.environment = plain_environment(KITH_BIN_DIR=BIN, TMPDIR=self.scratch)

    def mine(self):
        """The command lines of all processes of this test's demo, by pid."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if self.mark not in file.read().split(b"\0"):
                        continue
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    found[int(pid)] = file.read().replace(b"\0", b" ").decode()
            except OSError:
                pass  # it has ended, or is another's
        return found

    def programs(self):
        """The pids of its services and its storefront, by name, one of each."""
        return {os.path.basename(line.split()[0]): pid for pid, line in self.mine().items()
                if line.startswith(f"{BIN}/")}

    def wait_for(self, condition, what):
        wait_until(condition, lambda: f"{what}; there are {self.mine()}", LIMIT_S, 0.02)

    def expect_nothing_left(self):
        self.wait_for(lambda: not self.mine(), "all processes end")
        self.assertEqual(os.listdir(self.scratch), [])

    def demo(self, status, *args, before=(), **environment):
        """What a demo says that ends with this status and leaves nothing."""
        done = run([*before, "bash", "scripts/demo", *args], LIMIT_S, cwd=ROOT, capture_output=False,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                   env={**self.environment, **environment})
        self.assertEqual(done.returncode, status, done.stdout)
        self.wait_for(lambda: not self.mine(), "all processes end")
        return done.stdout

    def until_it_sells(self, output):
        """Reads what it says, until orders are placed."""
        said = b""
        end = time.monotonic() + LIMIT_S
        while not re.search(rb"placed [1-9]", said):
            self.assertLess(time.monotonic(), end, said)
            if select.select([output], [], [], 1)[0]:
                more = os.read(output, 65536)
                self.assertTrue(more, said)
                said += more

    def start(self):
        demo = Process(["bash", "scripts/demo"], cwd=ROOT, env=self.environment,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        return demo

    def test_whatever_ends_it_ends_all_and_leaves_nothing(self):
        for sent in signal.SIGTERM, signal.SIGHUP, signal.SIGKILL:
            with self.subTest(sent):
                demo = self.start()
                self.until_it_sells(demo.stdout.fileno())
                self.assertLessEqual({"gateway", "order", "payment", "storefront"}, set(self.programs()))
                demo.send_signal(sent)
                status = demo.wait(LIMIT_S)
                self.assertEqual(status, -9 if sent == signal.SIGKILL else 128 + sent)
                self.expect_nothing_left()

    def test_a_storefront_that_crashes_is_told_and_all_of_it_is_kept(self):
        demo = self.start()
        self.until_it_sells(demo.stdout.fileno())
        os.kill(self.programs()["storefront"], signal.SIGKILL)
        said = demo.stdout.read().decode()
        self.assertEqual(demo.wait(LIMIT_S), 1, said)
        self.assertIn("demo: the storefront ended with status 137", said)
        self.wait_for(lambda: not self.mine(), "all processes end")
        kept, = os.listdir(self.scratch)
        self.assertIn(f"databases and logs: {os.path.join(self.scratch, kept)}", said)
        self.assertIn("order-1.log", os.listdir(os.path.join(self.scratch, kept)))

    def test_it_ends_when_nobody_reads_what_it_says(self):
        demo = self.start()
        self.until_it_sells(demo.stdout.fileno())
        demo.stdout.close()
        self.assertNotEqual(demo.wait(LIMIT_S), 0)
        self.wait_for(lambda: not self.mine(), "all processes end")

    def test_it_ends_with_its_terminal_and_by_ctrl_c(self):
        for way in "closed", "ctrl-c":
            with self.subTest(way):
                pid, terminal = pty.fork()
                if pid == 0:
                    os.chdir(ROOT)
                    os.execvpe("bash", ["bash", "scripts/demo"], self.environment)
                self.until_it_sells(terminal)
                if way == "closed":
                    os.close(terminal)
                else:
                    os.write(terminal, b"\x03")
                self.wait_for(lambda: self.take_leave(terminal, way) and not self.mine(), "it ends")
                _, status = os.waitpid(pid, 0)
                self.assertEqual(os.waitstatus_to_exitcode(status), 129 if way == "closed" else 130)
                self.expect_nothing_left()

    @staticmethod
    def take_leave(terminal, way):
        """Reads what a terminal that is open still shows: who writes to it must not wait."""
        if way != "closed" and select.select([terminal], [], [], 0)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                pass  # nobody has it any more
        return True

    def test_files_that_hold_no_orders(self):
        for name, content, said in (
                ("noise", bytes(range(256)) * 40, "line 1: "),
                ("empty", b"", "the file is empty"),
                ("other", b"a,b,c\n1,2,3\n", "line 1: no column is called InvoiceNo; those of UCI")):
            with self.subTest(name):
                path = os.path.join(self.directory, name)
                with open(path, "wb") as file:
                    file.write(content)
                out = self.demo(2, "--orders", path)
                self.assertIn(path, out.splitlines()[-1])
                self.assertIn(said, out.splitlines()[-1])
                self.expect_nothing_left()

    def test_places_that_cannot_be_written_to(self):
        for args, status, said in (
                (("--keep", "/proc/nothing"), 2, "demo: cannot write to /proc/nothing; --keep takes"),
                (("--keep", "/etc/passwd"), 2, "demo: cannot write to /etc/passwd; --keep takes"),
                (("--keep", self.directory), 2, f"demo: {self.directory} is not empty"),
                (("--keep", ""), 2, "demo: --keep needs a value")):
            with self.subTest(args):
                self.assertIn(said, self.demo(status, *args))
        out = self.demo(1, TMPDIR="/nowhere")
        self.assertIn("TMPDIR says where, and --keep DIR names one", out)

    @unittest.skipUnless(can_mount(), "only root mounts")
    def test_a_disk_that_is_full_or_read_only(self):
        small = (*IN_A_SMALL_MOUNT, "size=1m", self.scratch)
        self.assertRegex(self.demo(1, "--quick", before=small), "demo: no space is left in .*--keep")
        fixed = (*IN_A_SMALL_MOUNT, "ro", self.scratch)
        self.assertRegex(self.demo(1, "--quick", before=fixed), "Read-only file system\ndemo: databases")
        self.assertIn("--keep takes", self.demo(2, "--keep", self.scratch, before=fixed))

    def test_a_port_of_the_beacons_that_somebody_has_alone(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
            held.bind(("0.0.0.0", 0))
            port = str(held.getsockname()[1])
            out = self.demo(1, "--quick", KITH_BEACON_PORT=port)
        self.assertIn(f"UDP port {port} alone: ss -ulpn", out)
        self.assertIn("KITH_BEACON_PORT", out)

    def test_without_a_home(self):
        for name in "HOME", "USER", "LOGNAME", "XDG_CACHE_HOME":
            self.environment.pop(name, None)
        self.assertIn("the money adds up to the penny", self.demo(0, "--quick"))
        self.expect_nothing_left()


class Building(unittest.TestCase):
    """Before it builds, in a copy of the scripts."""

    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="kith-faults-")
        self.addCleanup(made.cleanup)
        self.directory = made.name
        run(["cp", "-r", os.path.join(ROOT, "scripts"), made.name], check=True)

    def shell(self, words, **environment):
        clean = {"PATH": os.environ["PATH"], **environment}
        return run(["bash", "-c", f"source scripts/lib.sh; {words}"], LIMIT_S, cwd=self.directory,
                   env=clean)

    def test_a_tree_that_cannot_be_written_to_is_named(self):
        with open(os.path.join(self.directory, "build"), "w", encoding="utf-8"):
            pass
        for words in "kith_build release order", "kith_configure release":
            done = self.shell(words)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, "^bash: cannot write to .*/build/release; to build, you need")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_without_a_home_ccache_keeps_what_it_has_in_the_tree(self):
        show = 'kith_ccache; echo "$HOME $CCACHE_DIR"'
        build = os.path.join(self.directory, "build")
        for home in None, "/proc":
            given = {} if home is None else {"HOME": home}
            self.assertEqual(self.shell(show, **given).stdout.split(),
                             [home or build, f"{build}/ccache"])
        self.assertEqual(self.shell(show, HOME=self.directory).stdout.split(), [self.directory])
        self.assertEqual(self.shell(show, HOME="/proc", CCACHE_DIR=self.directory).stdout.split(),
                         ["/proc", self.directory])


if __name__ == "__main__":
    unittest.main(verbosity=2)
