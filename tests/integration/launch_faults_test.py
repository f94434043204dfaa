#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""scripts/up, status and down when something is wrong; and whom down may end."""

import fcntl
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

from launch_rig import BIN, ROOT, SHELL, SHOP, LaunchRig, alive
from processes import SLOWER, Process, run


class LaunchFaults(LaunchRig):
    def test_a_service_that_dies_at_its_start_is_reported_with_the_end_of_its_log(self):
        self.write("shop.toml", SHOP.replace("payment.db\"", "payment.db\", hartbeat_ms = 3"))
        said = self.up(1, self.shop)
        self.assertIn("payment-1: ended at its start, status 2; the end of", said)
        self.assertIn("unknown flag; did you mean --heartbeat-ms?", said)
        self.assertIn("--hartbeat-ms is set at " + self.shop + ":11", said)
        self.assertIn("up: shop runs without payment-1; what runs keeps running", said)
        self.assertEqual(self.instances()["order-1"]["state"], "running")
        self.write("shop.toml", SHOP)
        said = self.up(0, self.shop)
        self.assertEqual(said.count("runs already"), 2)

    def test_a_set_of_which_nothing_runs_is_said_to_be_so(self):
        self.write("shop.toml", SHOP.replace('.db"', '.db", hartbeat_ms = 3'))
        said = self.up(1, self.shop)
        self.assertIn("up: nothing of shop runs. Mend it and call up again", said)
        self.assertNotIn("keeps running", said)

    def test_programs_that_cannot_be_run(self):
        self.write("text", "no program")
        os.chmod(self.path("text"), 0o755)
        for program, status, said in (
                ("./nothing", 2, "bad.toml:2: there is no program"),
                ("/proc", 2, "bad.toml:2: /proc is no program"),
                ("/etc/passwd", 2, "not executable"),
                ("oder", 2, '/oder; did you mean "order"?'),
                ("./text", 1, "bad-1: cannot be started: Exec format error")):
            with self.subTest(program):
                bad = self.write("bad.toml", f'[service.bad]\nprogram = "{program}"')
                self.assertIn(said, self.up(status, bad))
        self.assertIn("neither of this repository", self.script(2, "up", self.write(
            "bad.toml", '[service.bad]\nprogram = "oder"')))
        self.assertEqual(self.instances(), {})

    def test_a_program_that_never_says_that_it_is_ready(self):
        mute = self.write("mute.toml", '[service.mute]\nprogram = "/bin/sleep"\nargs = ["1000"]\n'
                                       "start_ms = 300")
        self.assertIn('needs ready = "started"', self.up(1, mute))
        self.assertEqual(self.instances()["mute-1"]["state"], "starting")
        self.script(1, "status")

    def test_wrong_arguments_and_files(self):
        for args, said in ((("nothing.toml",), "cannot read"), (("--bogus",), "usage: scripts/up"),
                           ((self.path(),), "Is a directory")):
            self.assertIn(said, self.up(2, *args))
        self.assertIn("nothing of shelf runs", self.script(1, "down", "shelf"))
        self.write("shop.toml", "[service.order]\ninstance = 2\n")
        self.assertIn('shop.toml:2: unknown key "instance"; did you mean "instances"?',
                      self.up(2, self.shop))
        self.assertFalse(os.path.exists(self.path("state")))
        for script in ("up", "down", "status", "logs"):
            self.assertIn(f"usage: scripts/{script}", self.script(0, script, "--help"))

    def test_a_run_directory_that_cannot_be_written(self):
        self.write("state", "a file where the directory should be")
        said = self.up(1, self.shop)
        self.assertRegex(said, r"^up: cannot write to .*: Not a directory; --run DIR takes another")
        os.unlink(self.path("state"))
        self.up(0, self.shop, "--run", self.path("elsewhere"))
        self.assertIn("order-2", self.script(0, "status", "--run", self.path("elsewhere")))
        self.audit("--run", self.path("elsewhere"))
        self.script(0, "down", "--run", self.path("elsewhere"))

    def copy_for_all(self):
        """Of what the scripts need, where every user may read it. Its programs do nothing."""
        made = tempfile.TemporaryDirectory(prefix="kith-launch-", dir="/tmp")
        self.addCleanup(made.cleanup)
        run(["cp", "-r", *(os.path.join(ROOT, part) for part in ("scripts", "examples")), made.name],
            check=True)
        os.mkdir(os.path.join(made.name, "bin"))
        for program in "order", "payment", "gateway":
            os.symlink("/bin/true", os.path.join(made.name, "bin", program))
        run(["chmod", "-R", "go+rX", made.name], check=True)
        return made.name

    @unittest.skipUnless(os.geteuid() == 0, "only root is other users")
    def test_other_users(self):
        self.up(0, self.shop)
        there = self.copy_for_all()
        clean = {name: value for name, value in os.environ.items()
                 if name not in ("HOME", "XDG_STATE_HOME")}
        for script, args, said in (("down", ("--run", self.in_run()), "cannot read "),
                                   ("status", ("--run", self.in_run()), "cannot read "),
                                   ("status", (), "has no home; --run DIR or XDG_STATE_HOME"),
                                   ("up", ("--bin", f"{there}/bin"), "has no home; --run DIR or XDG_STATE_HOME")):
            with self.subTest(script, args=args):
                done = run(["setpriv", "--reuid", "4711", "--regid", "4711", "--clear-groups",
                            "bash", os.path.join(there, "scripts", script), *args], 60, env=clean, cwd="/")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(said, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertEqual(self.instances()["order-1"]["state"], "running")

    def test_only_one_up_at_a_time_does_something(self):
        ups = [Process(self.command("up", "--bin", BIN, self.shop), text=True,
                       stderr=subprocess.PIPE, env=self.environment()) for _ in range(4)]
        said = "".join(up.communicate(timeout=60 * SLOWER)[1] for up in ups)
        self.assertEqual([up.returncode for up in ups], [0] * 4, said)
        self.assertEqual(said.count(": started, pid"), 3, said)
        self.assertEqual(said.count(": runs already, pid"), 9, said)

    def test_a_disk_that_fills_up_costs_the_record_and_not_the_keeper(self):
        pid = self.idle()
        with open(self.in_run("idle-1.pid", of="idle"), encoding="utf-8") as file:
            keeper = json.loads(file.read().splitlines()[1])["keeper"][0]
        os.mkdir(self.in_run("idle-1.exit", of="idle"))  # so that the record cannot be written
        os.kill(pid, signal.SIGKILL)
        self.wait_for(lambda: not os.path.exists(f"/proc/{keeper}"), "the keeper ends in order")
        with open(self.in_run("keeper.log", of="idle"), encoding="utf-8") as file:
            said = file.read()
        self.assertIn("idle-1: [Errno 21] Is a directory", said)
        self.assertNotIn("Traceback", said)
        os.rmdir(self.in_run("idle-1.exit", of="idle"))
        self.assertEqual(self.instances()["idle-1"]["state"], "gone")

    def test_up_waits_for_whoever_holds_the_lock(self):
        os.makedirs(self.in_run())
        with open(self.in_run("lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write("4711\n")
            lock.flush()
            with Process(self.command("up", "--bin", BIN, self.shop), text=True,
                         stderr=subprocess.PIPE, env=self.environment()) as up:
                self.assertEqual(up.stderr.readline(),
                                 "shop: waiting for pid 4711, which starts or ends it\n")
                self.assertEqual(self.instances(), {})
                lock.close()
                self.assertEqual(up.stderr.read().count(": started, pid"), 3)

    def test_the_pid_of_another_process_is_never_signalled(self):
        with Process(["sleep", "1000"]) as stranger:
            self.addCleanup(stranger.kill)
            pid = self.idle()
            path = self.in_run("idle-1.pid", of="idle")
            with open(path, encoding="utf-8") as file:
                about = json.loads(file.read().splitlines()[1])
            os.kill(about["keeper"][0], signal.SIGKILL)  # it would put the file right
            about["process"][0] = stranger.pid
            self.write(path, f"{stranger.pid}\n{json.dumps(about)}\n")
            self.assertEqual(self.instances()["idle-1"]["state"], "gone")
            self.assertIn("nobody noted how", self.script(1, "status"))
            self.script(0, "down", "idle")
            self.assertTrue(alive(stranger.pid))
            self.assertTrue(alive(pid))
            os.kill(pid, signal.SIGKILL)
            stranger.kill()

    def test_a_pid_file_that_is_none_of_ours_is_left_alone(self):
        self.idle()
        self.write(self.in_run("other-1.pid", of="idle"), f"{os.getpid()}\n")
        for script in ("status", "down"):
            self.assertIn("other-1.pid is not of this tool", self.script(1, script, "idle"))
        os.unlink(self.in_run("other-1.pid", of="idle"))

    def test_after_a_reboot_nothing_of_before_runs(self):
        pid = self.idle()
        path = self.in_run("idle-1.pid", of="idle")
        with open(path, encoding="utf-8") as file:
            about = json.loads(file.read().splitlines()[1])
        about["process"][2] = about["keeper"][2] = "00000000-0000-0000-0000-000000000000"
        self.write(path, f"{pid}\n{json.dumps(about)}\n")
        self.assertEqual(self.instances()["idle-1"]["state"], "gone")
        self.script(0, "down", "idle")
        self.assertTrue(alive(pid))
        os.kill(pid, signal.SIGKILL)

    def test_down_works_without_the_keeper_and_without_the_file(self):
        pid = self.idle()
        with open(self.in_run("idle-1.pid", of="idle"), encoding="utf-8") as file:
            keeper = json.loads(file.read().splitlines()[1])["keeper"][0]
        os.kill(keeper, signal.SIGKILL)
        os.unlink(self.path("idle.toml"))
        self.wait_for(lambda: not alive(keeper), "the keeper is gone")
        self.assertEqual(self.instances()["idle-1"]["state"], "running")
        self.script(0, "down", "idle")
        self.assertFalse(alive(pid))

    def test_who_does_not_end_is_killed_and_so_are_its_children(self):
        script = 'trap "" TERM; sleep 1000 & echo $! >child; while :; do sleep 0.1; done'
        text = SHELL.format(name="stubborn", script=script) + "stop_ms = 300\n"
        self.up(0, self.write("stubborn.toml", text))
        pid = self.instances()["stubborn-1"]["pid"]
        self.wait_for(lambda: os.path.exists(self.path("child")), "it has a child")
        with open(self.path("child"), encoding="utf-8") as file:
            child = int(file.read())
        said = self.script(0, "down", "stubborn")
        self.assertIn("did not end within 300 ms of SIGTERM: SIGKILL", said)
        self.assertIn("killed by SIGKILL", said)
        self.assertFalse(alive(pid) or alive(child))

    def test_a_frozen_instance_is_shown_and_ended(self):
        pid = self.idle()
        os.kill(pid, signal.SIGSTOP)
        self.wait_for(lambda: self.instances()["idle-1"]["state"] == "frozen", "it is frozen")
        self.assertIn("killed by SIGTERM", self.script(0, "down", "idle"))
        self.assertFalse(alive(pid))

    def test_what_an_instance_leaves_behind_ends_with_it(self):
        pid = self.idle("sleep 1000 & echo $! >child; wait")
        self.wait_for(lambda: os.path.exists(self.path("child")), "it has a child")
        with open(self.path("child"), encoding="utf-8") as file:
            child = int(file.read())
        self.assertTrue(alive(child))
        os.kill(pid, signal.SIGKILL)
        self.wait_for(lambda: not alive(child), "the child ends")

    def test_a_log_is_cut_at_its_bound(self):
        script = "while :; do seq 1000; sleep 0.05; done"
        text = SHELL.format(name="loud", script=script) + "log_bytes = 20000\n"
        self.up(0, self.write("loud.toml", text))
        log = self.in_run("loud-1.log", of="loud")
        sizes = [0]

        def became_shorter():
            sizes.append(os.path.getsize(log))
            return sizes[-1] < sizes[-2]

        self.wait_for(became_shorter, "the log is cut")
        self.wait_for(lambda: os.path.getsize(log), "it goes on at its new end")
        self.assertTrue(os.path.exists(log + ".1"))
        self.assertEqual(len(self.script(0, "logs", "loud", "-n", "40").splitlines()), 40)

    def test_secrets_are_not_shown(self):
        self.up(0, self.shop)
        shown = self.script(0, "status") + self.script(0, "status", "--json") + self.up(
            0, self.shop, "--check")
        for file in glob.glob(self.in_run("*.pid")):
            with open(file, encoding="utf-8") as text:
                shown += text.read()
        self.assertNotIn("do not tell", shown)
        self.assertEqual(os.stat(self.in_run()).st_mode & 0o777, 0o700)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    unittest.main(verbosity=2)
