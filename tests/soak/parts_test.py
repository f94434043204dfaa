#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The parts of the soak that decide: the plan of faults, growth, losses, the books."""

import os
import random
import subprocess
import sys
import tempfile
import time
import unittest
from types import SimpleNamespace

import faults
import rests
from conductor import Conductor, Interrupted
from fleet import MALLOC, Fleet
from losses import AFTERMATH, Incident, Loss, losses_in, unexplained
from processes import Process
from reckoning import own_faults, reckon, snapshot_of
from sampling import Sample, read_sample
from trend import LEAST_RESTS, growth, growth_at_rests, still_filling
from verdict import JUDGED, at_rests, judge_growth, rest_problems, sanitizer_reports


class Plan(unittest.TestCase):
    def test_one_seed_gives_one_plan(self):
        self.assertEqual(faults.plan(7, 600, 2), faults.plan(7, 600, 2))
        self.assertNotEqual(faults.plan(7, 600, 2), faults.plan(8, 600, 2))

    def test_one_instance_of_each_service_is_left_alone_but_in_a_blackout(self):
        for seed in range(50):
            for seconds in (60, 120, 3600):
                hurt_until = {}
                plan = faults.plan(seed, seconds, 2)
                self.assertEqual(plan, sorted(plan, key=lambda fault: fault.at))
                for fault in plan:
                    service = fault.targets[0].rpartition("-")[0]
                    self.assertGreaterEqual(fault.at, hurt_until.get(service, 0),
                                            (seed, fault))
                    hurt_until[service] = fault.at + fault.lasts

    def test_no_veteran_is_restarted_in_the_last_two_thirds(self):
        for seed in range(50):
            for fault in faults.plan(seed, 3600, 2):
                if fault.kind in ("term", "kill"):
                    self.assertNotIn(fault.targets[0][-2:], ("-1",))
                elif fault.kind == "blackout":
                    self.assertLess(fault.at, 1200)

    def test_two_minutes_have_every_kind_sooner_or_later(self):
        kinds = {fault.kind for seed in range(5) for fault in faults.plan(seed, 120, 2)}
        self.assertEqual(kinds, {"term", "kill", "stop", "blackout"})
        self.assertGreaterEqual(min(len(faults.plan(seed, 120, 2)) for seed in range(20)), 4)

    def test_a_run_begins_and_ends_calmly(self):
        for seed in range(20):
            plan = faults.plan(seed, 300, 3)
            self.assertGreaterEqual(plan[0].at, 30)
            self.assertLessEqual(max(fault.at + fault.lasts for fault in plan), 270)


class Rests(unittest.TestCase):
    def test_a_short_run_has_none(self):
        self.assertEqual(rests.spans(1799), [])

    def test_they_are_so_many_that_half_an_hour_can_be_judged(self):
        self.assertEqual(rests.spans(1800)[0], (210.0, 300.0))
        self.assertGreater(len(rests.spans(1800)), LEAST_RESTS)
        self.assertEqual(len(rests.spans(3600)), 12)

    def test_the_load_rests_and_its_values_are_spread_over_the_remaining_time(self):
        found = rests.shape(1800, rests.spans(1800), list(range(1, 1261)))
        self.assertEqual(len(found), 1800)
        self.assertEqual(found[210:300], [0.0] * 90)
        self.assertEqual([value for value in found if value], list(range(1, 1261)))
        self.assertTrue(all((value > 0) != (210 <= at % 300) for at, value in
                            enumerate(rests.shape(1800, rests.spans(1800), []))))

    def test_no_fault_reaches_into_one(self):
        spans = rests.spans(3600)
        for at, lasts, expected in ((190, 10, False), (190, 22, True), (230, 1, True), (299, 1, True),
                                    (300, 9, False)):
            fault = faults.Fault(at, "stop", ("order-1",), lasts)
            self.assertEqual(rests.disturbs(fault, spans), expected, fault)
        left = [f for f in faults.plan(7, 3600, 2) if not rests.disturbs(f, spans)]
        self.assertGreater(len(left), 200)
        self.assertEqual({f.kind for f in left}, {"term", "kill", "stop", "blackout"})


def series(seconds, value):
    return [(float(t), value(t)) for t in range(seconds)]


class Trend(unittest.TestCase):
    def noisy(self, slope_per_minute, seconds=120, noise=200, seed=1):
        chance = random.Random(seed)
        return series(seconds, lambda t: 9000 + slope_per_minute * t / 60 + chance.uniform(0, noise))

    def test_noise_is_no_growth(self):
        for seed in range(100):
            self.assertFalse(growth(self.noisy(0, seed=seed), 30, 512).grows)

    def test_a_kilobyte_an_order_is(self):
        found = growth(self.noisy(1200), 30, 512)
        self.assertTrue(found.grows)
        self.assertAlmostEqual(found.per_minute, 1200, delta=100)
        self.assertLessEqual(found.at_least, found.per_minute)

    def test_a_longer_run_sees_a_slower_leak(self):
        self.assertFalse(growth(self.noisy(30), 30, 512).grows)
        self.assertTrue(growth(self.noisy(30, 3600), 30, 512).grows)

    def test_warming_up_is_no_growth(self):
        self.assertFalse(growth(series(120, lambda t: min(9000, 2000 + 300 * t)), 30, 512).grows)

    def test_a_young_life_may_still_be_filling(self):
        def filling(seconds):
            return series(seconds, lambda t: 2100 + 450 * min(1, t / 90))
        self.assertTrue(growth(filling(85), 20, 256).grows)
        self.assertFalse(growth(filling(85), 20, 256, 512).grows)
        self.assertTrue(growth(self.noisy(1200), 20, 256, 512).grows)
        slow = self.noisy(30, 1800)
        self.assertTrue(growth(slow, 20, 256, 512).grows, "an old one may not")

    def test_one_step_is_no_growth(self):
        for at in (40, 75, 110):
            self.assertFalse(growth(series(120, lambda t: 9000 + 4000 * (t > at)), 30, 512).grows)

    def test_a_staircase_is(self):
        self.assertTrue(growth(series(120, lambda t: 9000 + 132 * (t // 6)), 30, 512).grows)
        self.assertTrue(growth(series(120, lambda t: 30 + t // 10), 30, 2).grows)

    def test_descriptors_that_come_and_go_are_no_growth(self):
        self.assertFalse(growth(series(120, lambda t: 30 + 3 * (t % 17 < 4)), 30, 2).grows)
        calmer = series(1800, lambda t: 60 + 8 * (t % 10 < 2 + t / 200))
        self.assertTrue(growth(calmer, 30, 2).grows)
        self.assertFalse(growth(calmer, 30, 2, counts=True).grows, "fewer peers are away than before")
        leaks = series(1800, lambda t: 60 + 8 * (t % 10 < 8) + t // 300)
        self.assertTrue(growth(leaks, 30, 2, counts=True).grows)

    def test_a_young_life_may_fill_what_an_old_one_has_full(self):
        young = growth(series(90, lambda t: 2000 + 40 * t), 20, 256, 512)
        self.assertTrue(young.grows)
        full = growth(series(1800, lambda t: 4000 + 2000 * (t % 300 < 100)), 20, 256, 512)
        self.assertFalse(full.grows)
        self.assertTrue(still_filling(young, [full]))
        lower = growth(series(1800, lambda t: 3000 + 500 * (t % 300 < 100)), 20, 256, 512)
        self.assertFalse(still_filling(young, [lower]), "it is above what the old one ever had")
        leaks = growth(series(1800, lambda t: 2000 + 3 * t), 20, 256, 512)
        self.assertFalse(still_filling(young, [leaks]), "the old one grows as well")
        self.assertFalse(still_filling(young, [young]), "nobody is old")
        self.assertFalse(still_filling(leaks, [full]), "it is not young")

    def test_a_leak_shows_from_rest_to_rest(self):
        calm = [(300.0 * i, 3000 + 60 * (i * 7 % 5)) for i in range(12)]
        self.assertFalse(growth_at_rests(calm, 256).grows)
        leaks = [(at, value + at / 60 * 12) for at, value in calm]
        self.assertTrue(growth_at_rests(leaks, 256).grows)
        filled = [(at, value - 800 * (at == 0)) for at, value in calm]
        self.assertFalse(growth_at_rests(filled, 256).grows, "the first does not count")
        self.assertIsNone(growth_at_rests(calm[:LEAST_RESTS], 256))

    def test_what_is_too_short_is_not_judged(self):
        self.assertIsNone(growth([], 30, 512))
        self.assertIsNone(growth(self.noisy(1200, 60), 30, 512))


# Private pages, KB, of the second life of payment-1, which begins 29 s after the load, second by second:
# once as malloc gives them, and once with MALLOC, beside three busy loops and another soak. Nothing leaked.
# Behind the first is the recorder's ring of 4096 KB, which is full at the end.
RING_FILLS = (
    2964, 3328, 3964, 4232, 4400, 4472, 4516, 4600, 4688, 4724, 4752, 4952, 5120, 5168, 5256, 5444,
    5688, 5896, 5992, 6060, 6200, 6340, 6500, 6544, 6588, 6632, 6688, 6756, 6876, 6988, 6988, 6988,
    6988, 6988, 7768, 7804, 7840, 7876, 7920, 7968, 8044, 8240, 8524, 8676, 8748, 8820, 8996, 9084,
    9124, 9164, 9212, 9252, 9296, 9356, 9376, 9376, 9380, 9380, 9380, 9384, 9384)
TOUCHED_AT_ONCE = (
    8128, 8376, 9008, 9008, 9008, 9008, 9008, 9008, 9008, 9008, 9008, 9084, 9156, 9156, 9156, 9024,
    9032, 9060, 9032, 9032, 9032, 9180, 9188, 9188, 9188, 9188, 9272, 9208, 9208, 9208, 9208, 9208,
    9208, 9208, 9208, 9208, 9208, 9208, 9208, 9208, 9368, 9256, 9256, 9256, 9256, 9256, 9256, 9288,
    9288, 9288, 9288, 9316, 9288, 9288, 9288, 9288, 9288, 9288, 9288, 9288, 9288)


class Pages(unittest.TestCase):
    """They are judged as what a life was given, not as what it has used of that so far."""

    def judged(self, private_kb, leak_per_second=0.0):
        series = [Sample(48.0 + t, 20000, int(kb + leak_per_second * t), 7300, 80, 5, t / 20)
                  for t, kb in enumerate(private_kb)]
        return judge_growth(SimpleNamespace(
            sampler=SimpleNamespace(series={("payment-1", 2): series}), rests=[],
            load_seconds=[19.0, 109.0], args=SimpleNamespace(sanitized=False)))[1]

    def test_a_ring_that_fills_looks_like_growth(self):
        told, = self.judged(RING_FILLS)
        self.assertIn("payment-1 (life 2): private pages: growing", told)

    def test_the_same_life_does_not_when_its_ring_is_touched_at_once(self):
        self.assertEqual(self.judged(TOUCHED_AT_ONCE), [])
        resolution = next(kb for _, field, _, kb, _ in JUDGED if field == "private_kb")
        found = growth([(float(t), kb) for t, kb in enumerate(TOUCHED_AT_ONCE)], 20, resolution)
        self.assertLess(found.at_least * found.minutes, resolution / 4, "there is room")

    def test_a_leak_shows_in_it_all_the_same(self):
        told, = self.judged(TOUCHED_AT_ONCE, leak_per_second=60)
        self.assertIn("payment-1 (life 2): private pages: growing", told)

    def test_who_is_blamed_is_shown_from_its_beginning_to_its_end(self):
        told, = self.judged(RING_FILLS)
        self.assertRegex(told, r"private pages KB +2964 .* 9384\n")
        self.assertRegex(told, r"in use KB +7300 ")

    def pages_for_an_untouched_buffer(self, tunables):
        program = ("import ctypes\nlibc = ctypes.CDLL(None)\nlibc.malloc.restype = ctypes.c_void_p\n"
                   "for size in (1, 4 << 20):\n"
                   "    libc.malloc(ctypes.c_size_t(size))\n    print(size, flush=True)\n    input()\n")
        environment = {**os.environ, "GLIBC_TUNABLES": tunables}
        with Process([sys.executable, "-c", program], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE, env=environment, text=True) as child:
            asked = SimpleNamespace(pid=child.pid, probe_path="")
            child.stdout.readline()
            before = read_sample(asked, 0.0)
            child.stdin.write("\n")
            child.stdin.flush()
            child.stdout.readline()
            after = read_sample(asked, 1.0)
            child.communicate("\n")
        return after.private_kb - before.private_kb

    def test_what_malloc_gives_to_a_service_of_a_soak_has_its_pages(self):
        self.assertGreaterEqual(self.pages_for_an_untouched_buffer(MALLOC), 4096)
        self.assertLess(self.pages_for_an_untouched_buffer(""), 1024, "as it is elsewhere")


class Losses(unittest.TestCase):
    LINE = ("2026-03-01 10:20:30.500 warning payment-2 events: order.placed from order-1: 3 events "
            "were lost, from number 17 on: this subscriber or the network was too slow\n")

    def test_both_kinds_of_lines_are_read(self):
        loss, = losses_in("payment-2", "2026-03-01 10:20:30.400 info x y\n" + self.LINE, 0)
        when = time.mktime(time.strptime("2026-03-01 10:20:30", "%Y-%m-%d %H:%M:%S")) + 0.5
        self.assertEqual(loss, Loss(when, "payment-2", "order-1", "order.placed", 3))
        loss, = losses_in("load", "lost: order.settled from order-1: 2 events were lost, from number "
                                  "5 on\n", 77.0)
        self.assertEqual(loss, Loss(77.0, "load", "order-1", "order.settled", 2))

    def test_a_loss_needs_a_fault_of_one_of_the_two_at_that_time(self):
        fault = Incident(("order-1",), "stop", 100.0, 103.0)
        self.assertEqual(unexplained([
            Loss(101, "payment-2", "order-1", "t", 1), Loss(101, "order-1", "payment-2", "t", 1),
            Loss(103 + AFTERMATH, "payment-2", "order-1", "t", 1)], [fault]), [])
        wrong = [Loss(99, "payment-2", "order-1", "t", 1),
                 Loss(104 + AFTERMATH, "payment-2", "order-1", "t", 1),
                 Loss(101, "payment-2", "order-2", "t", 1)]
        self.assertEqual(unexplained(wrong, [fault]), wrong)

    def test_a_fault_that_lasts_explains(self):
        fault = Incident(("order-1",), "stop", 100.0)
        self.assertEqual(unexplained([Loss(500, "a-1", "order-1", "t", 1)], [fault]), [])


def account(direction, key, sent, delivered, in_flight=0, **dropped):
    return {"scope": "topic", "direction": direction, "key": key, "sent": sent, "sent_bytes": 0,
            "delivered": delivered, "in_flight": in_flight, "dropped": dropped}


def books(told, heard, gap=0):
    return {
        "order-1": snapshot_of({"accounts": [account("outbound", "placed", told, told)]}),
        "order-2": snapshot_of({"accounts": [account("outbound", "placed", 5, 5)]}),
        "payment-1": snapshot_of({"accounts": [
            account("inbound", "placed", heard + gap, heard, **({"gap": gap} if gap else {}))]}),
        "payment-2": snapshot_of({"accounts": [account("inbound", "placed", told, told)]}),
    }


class Books(unittest.TestCase):
    def test_heads_are_delivered_and_missed(self):
        self.assertEqual(reckon(books(10, 10), books(30, 30)), ([], 40, 40, 0))
        self.assertEqual(reckon(books(10, 10), books(30, 27, 3)), ([], 40, 37, 3))

    def test_an_event_that_nobody_knows_of_is_a_problem(self):
        problem, = reckon(books(10, 10), books(30, 29))[0]
        self.assertIn("placed at payment-1: its publishers told 20 events; 19 delivered", problem)

    def test_a_subscriber_that_heard_nothing_at_all_is_missed(self):
        after = books(30, 30)
        after["payment-1"] = {}
        problem, = reckon(books(10, 10), after)[0]
        self.assertIn("payment-1", problem)

    def test_who_publishes_and_subscribes_does_not_hear_itself(self):
        def hints(one, other):
            return {name: snapshot_of({"accounts": [account("outbound", "hint", told, told),
                                                    account("inbound", "hint", heard, heard)]})
                    for name, told, heard in (("payment-1", one, other), ("payment-2", other, one))}
        self.assertEqual(reckon(hints(0, 0), hints(30, 5)), ([], 35, 35, 0))

    def test_each_node_must_balance_by_itself(self):
        self.assertEqual(own_faults(books(30, 27, 3)), [])
        wrong = {"order-1": snapshot_of({"accounts": [account("inbound", "x", 5, 3)]})}
        self.assertIn("5 sent, but 3", own_faults(wrong)[0])
        wrong = {"order-1": snapshot_of({"accounts": [account("inbound", "x", 5, 4, 1)]})}
        self.assertIn("neither delivered nor missed", own_faults(wrong)[0])
        wrong = {"order-1": snapshot_of({"accounts": [account("outbound", "x", 5, 4, malformed=1)]})}
        self.assertIn("malformed", own_faults(wrong)[0])


class Deaths(unittest.TestCase):
    def test_an_instance_saw_those_that_died_while_it_lived(self):
        fleet = Fleet("", "", "", 0, {}, "", {})
        fleet.instances = {name: SimpleNamespace(begun=begun)
                           for name, begun in (("order-1", 1.0), ("order-2", 5.0), ("payment-1", 9.0))}
        fleet.died_at = [4.0, 8.0]
        self.assertEqual(fleet.witnessed(), {"order-1": 2, "order-2": 1, "payment-1": 0})
        victim = SimpleNamespace(expected_end=False, crash=lambda: None)
        fleet.crash(victim)
        self.assertTrue(victim.expected_end)
        self.assertEqual(fleet.witnessed()["payment-1"], 1)


class Feeder:
    """A feeder that ends with that status, or with none: it does not end."""

    name = "storefront-load"

    def __init__(self, status):
        self.status = status
        self.killed = False

    def poll(self):
        return self.status

    def log(self):
        return "NOT settled: 1 of 2000 orders"

    def crash(self):
        self.killed = True


class EndOfLoad(unittest.TestCase):
    def end(self, status):
        feeder = Feeder(status)
        conductor = SimpleNamespace(feeder=feeder, problems=[], patience=1, read_the_feeder=lambda: None,
                                    wait=lambda seconds, over: over())
        try:
            Conductor.end_feeding(conductor, 60)
        except Interrupted:
            return conductor.problems, feeder.killed
        return conductor.problems, feeder.killed

    def test_a_load_that_is_settled_is_no_problem(self):
        self.assertEqual(self.end(0), ([], False))

    def test_an_unsettled_order_ends_the_run(self):
        problems, killed = self.end(1)
        self.assertIn("ended with status 1", problems[0])
        self.assertIn("NOT settled: 1 of 2000 orders", problems[0])
        self.assertFalse(killed)

    def test_orders_that_are_not_settled_in_time_end_the_run(self):
        problems, killed = self.end(None)
        self.assertIn("is not through in time", problems[0])
        self.assertTrue(killed)


class Verdict(unittest.TestCase):
    def reports(self, report, log):
        with tempfile.TemporaryDirectory() as directory:
            if report:
                with open(os.path.join(directory, "sanitizer.4711"), "w", encoding="ascii") as file:
                    file.write(report)
            process = SimpleNamespace(log=lambda: log, log_path="order-1.1.log")
            fleet = SimpleNamespace(past=[], instances={"order-1": process})
            return sanitizer_reports(SimpleNamespace(directory=directory, fleet=fleet))

    def test_a_sanitizer_may_report_to_a_file_or_to_the_log(self):
        self.assertEqual(self.reports("", "2026-03-01 10:20:30.500 info order-1 node: up\n"), [])
        told, = self.reports("=====\n==7==ERROR: AddressSanitizer: heap-use-after-free\n", "")
        self.assertIn("heap-use-after-free", told)
        told, = self.reports("", "order.cpp:7:3: runtime error: signed integer overflow\n")
        self.assertIn("signed integer overflow", told)

    def test_at_rests_the_least_about_the_end_of_a_rest_counts(self):
        def in_use(t):
            # Answers that have expired go when the load begins again, some seconds later.
            return 3000 if t < 290 else 5000 if t < 315 else 4000 if t < 400 else 6000 if t < 620 else 4500
        samples = [SimpleNamespace(seconds=float(t), in_use_kb=in_use(t)) for t in range(100, 700)]
        conductor = SimpleNamespace(rests=[(225.0, 300.0), (525.0, 600.0), (825.0, 900.0)],
                                    load_seconds=[10.0, 910.0])
        self.assertEqual(at_rests(conductor, samples), [(310.0, 4000), (610.0, 4500)])

    def test_at_rests_who_died_meanwhile_is_not_measured(self):
        samples = [SimpleNamespace(seconds=float(t), in_use_kb=4000) for t in range(100, 320)]
        conductor = SimpleNamespace(rests=[(225.0, 300.0)], load_seconds=[10.0, 910.0])
        self.assertEqual(at_rests(conductor, samples), [])

    def test_descriptors_at_rest_must_be_as_before(self):
        at_rest = {"order-1": [54, 54], "order-2": [54, 55], "payment-1": [54]}
        told, = rest_problems(SimpleNamespace(at_rest=at_rest))
        self.assertIn("order-2 has 55", told)


if __name__ == "__main__":
    unittest.main()
