#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Reports in, figures of phases out; promises judged."""

import unittest

import samples
import scenarios


def calls_at(due, took=0.01, failed=(), long=()):
    """Seconds in, as a caller reports them."""
    return samples.Calls({"due": [at * 1e6 for at in due], "took": [took * 1e6] * len(due),
                          "failed": list(failed), "long": list(long), "late": [], "repeated": 0,
                          "hedged": 0})


def served_at(*came):
    return samples.Served({"came": [at * 1e6 for at in came], "late": []})


class Phases(unittest.TestCase):
    def test_hold_the_calls_that_were_due_then_without_the_long_ones(self):
        calls = calls_at([1, 2, 3, 4, 5], failed=[1, 2, 4], long=[2])
        self.assertEqual((calls.within(2, 5).count, calls.within(2, 5).errors), (2, 1))
        self.assertEqual(calls.within().errors, 2)
        self.assertEqual(calls.within(8, 9).error_share, 0)

    def test_say_how_many_were_slower(self):
        figures = samples.Figures([0.01] * 98 + [0.5, 0.6], 0)
        self.assertAlmostEqual(figures.share_above(0.02), 0.02)
        self.assertGreater(figures.p99, 0.4)

    def test_the_busiest_moment(self):
        served = served_at(1, 5.0, 5.1, 5.4, 5.5, 9)
        self.assertEqual(served.busiest(0, 10, 0.5), 3)
        self.assertEqual(served.busiest(5.05, 10, 0.5), 3)
        self.assertEqual(served.busiest(20, 30, 0.5), 0)
        self.assertEqual(served.within(5, 5.5), 3)

    def test_who_is_starved(self):
        self.assertFalse(samples.starved([0.001] * 1000 + [0.1] * 5, 0.02))
        self.assertTrue(samples.starved([0.001] * 1000 + [0.1] * 6, 0.02))


class Promises(unittest.TestCase):
    promise = scenarios.Promise("load", "", "≤", "x", full=1.2)

    def test_what_is_shown_is_judged(self):
        self.assertTrue(self.promise.kept(1.2049, scenarios.FULL))
        self.assertFalse(self.promise.kept(1.206, scenarios.FULL))
        self.assertFalse(self.promise.judged_at(scenarios.QUICK))

    def test_a_storm_is_all_that_reaches_the_servers(self):
        calls = calls_at([number / 10 for number in range(100)])
        calls.repeated, calls.hedged = 12, 8
        made = scenarios.RetryStorm.judged(calls, [served_at(*range(60)), served_at(*range(60))])
        self.assertEqual(made, {"load": 1.2, "repeated": 0.12, "hedged": 0.08})
        (promise,) = scenarios.RetryStorm("", "", "", full=1.2).promises
        self.assertEqual(promise.text(made), "1.20 (0.12 repeated, 0.08 hedged)")
        self.assertEqual(promise.text(None), "-")

    def test_one_of_five_that_fails_from_the_fourth_second_on(self):
        scale = scenarios.Scale("full", 20, 10, 500, 4, 3, 4, 4)
        due = [number / 10 for number in range(160)]
        fault = [number for number, at in enumerate(due) if 4 <= at < 12 and number % 5 == 0]
        called = {"repeatable": calls_at(due, failed=fault)}
        served = [served_at(*due[index::5]) for index in range(5)]
        made = scenarios.OneOfFive.judged(scale, called, served, 0, 4, 12)
        self.assertAlmostEqual(made.figures["errors"], 0.2, 1)
        self.assertAlmostEqual(made.figures["p99"], 1)
        self.assertAlmostEqual(made.figures["share_at_end"], 1)
        self.assertEqual(made.phases["repeatable"]["healthy"]["errors"], 0)
        self.assertEqual(made.phases["repeatable"]["recovered"]["errors"], 0)


if __name__ == "__main__":
    unittest.main()
