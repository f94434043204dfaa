#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Rounds in, ratios out; goals judged; pages written."""

import os
import unittest
from unittest import mock

import goals
import machine
import page
import ratios
import rounds


class Quantiles(unittest.TestCase):
    def test_of_few_and_many(self):
        for values, share, wanted in (([7], 0.5, 7), ([1, 3], 0.5, 2), ([1, 2, 9], 0.5, 2),
                                      ([1, 2, 3, 4, 5], 0.25, 2), ([0, 10], 0.75, 7.5)):
            self.assertAlmostEqual(ratios.quantile(values, share), wanted)

    def test_no_values_is_an_error(self):
        with self.assertRaises(ValueError):
            ratios.Spread([])


class Middle(unittest.TestCase):
    """Ranks as tables of the sign test have them: the 2nd to the 8th of 9, the 40th to the 61st of 100."""

    def test_is_between_those_ranks(self):
        for count, low, high in ((6, 1, 6), (9, 2, 8), (100, 40, 61)):
            self.assertEqual(ratios.middle_of(list(range(1, count + 1))), (low, high))

    def test_of_too_few_sittings_nothing_is_sure(self):
        self.assertIsNone(ratios.Spread([1] * 9, [1] * 5).surely)
        self.assertEqual(ratios.Spread([1] * 9, [3, 1, 2, 4, 6, 5]).surely, (1, 6))

    def test_rounds_of_one_sitting_count_once(self):
        """Six sittings of five rounds, each with a ratio of its own; and one round of a seventh."""
        done = [{"ours": 1.0 + sitting, "base": 1.0} for sitting in range(6) for _ in range(5)]
        self.assertEqual(ratios.spread_of_ratios(done, "ours", "base", 5).surely, (1.0, 6.0))
        self.assertIsNone(ratios.spread_of_ratios(done[:25], "ours", "base", 5).surely)
        self.assertIsNone(ratios.spread_of_ratios(done, "ours", "base").surely)
        done.append({"ours": 9.0, "base": 1.0})
        self.assertEqual(ratios.spread_of_ratios(done, "ours", "base", 5).surely, (1.0, 9.0))
        done[:5] = [{"base": 1.0}] * 5  # nothing of that sitting
        self.assertEqual(ratios.spread_of_ratios(done, "ours", "base", 5).surely, (2.0, 9.0))


class Sittings(unittest.TestCase):
    def test_all_rounds_are_in_one(self):
        self.assertEqual([list(one) for one in rounds.Plan(7, 0, 0, anew=3).sittings()],
                         [[0, 1, 2], [3, 4, 5], [6]])


class PairedRatios(unittest.TestCase):
    def test_a_slow_round_cancels_out(self):
        rounds = [{"ours": 200, "base": 100}, {"ours": 20, "base": 10}, {"ours": 210, "base": 100}]
        spread = ratios.spread_of_ratios(rounds, "ours", "base")
        self.assertAlmostEqual(spread.median, 2.0)
        self.assertAlmostEqual(spread.high, 2.05)
        self.assertEqual(spread.count, 3)

    def test_one_wild_round_does_not_move_the_median(self):
        rounds = [{"ours": 1.0 * n, "base": 1.0} for n in (1, 1, 1, 1, 50)]
        self.assertAlmostEqual(ratios.spread_of_ratios(rounds, "ours", "base").median, 1.0)

    def test_a_round_without_one_of_the_two_is_left_out(self):
        rounds = [{"ours": 3, "base": 1}, {"ours": None, "base": 1}, {"base": 1}, {"ours": 9},
                  {"ours": 9, "base": 0}]
        self.assertEqual(ratios.paired(rounds, "ours", "base"), [3])
        self.assertIsNone(ratios.spread_of_ratios([{"base": 1}], "ours", "base"))


class Goals(unittest.TestCase):
    def judged(self, **rows):
        results = {"plan": {"anew": 5},
                   "cases": [{"name": "a", "rounds": [{name: {"value": value} for name, value in
                                                       rows.items()}] * 3}]}
        goal = goals.Goal("not slower", "a", "ours", "base", "<=", 1.25)
        return goals.judge([goal], results)[0]

    def test_met_missed_and_not_measured(self):
        self.assertEqual(self.judged(ours=1.2, base=1).verdict, "met")
        self.assertEqual(self.judged(ours=1.3, base=1).verdict, "missed")
        self.assertEqual(self.judged(base=1).verdict, "not measured")
        self.assertFalse(self.judged(base=1).met)

    def test_unsure_where_the_true_median_may_be_on_either_side(self):
        goal = goals.Goal("not slower", "a", "ours", "base", "<=", 1.25)
        for median, sure, verdict, met in ((1.2, (1.1, 1.24), "met", True),
                                           (1.2, (1.1, 1.3), "met, unsure", True),
                                           (1.3, (1.2, 1.4), "missed, unsure", False),
                                           (1.3, (1.26, 1.4), "missed", False)):
            spread = ratios.Spread([median])
            spread.surely = sure
            judged = goals.Judgement(goal, spread)
            self.assertEqual((judged.verdict, judged.met), (verdict, met))


class Pages(unittest.TestCase):
    def results(self, count=9, **kind):
        rounds = [{"libzmq/tcp": {"value": 2e6, "cpu_us": 1},
                   "kith-secure/tcp": {"value": 3e6, "cpu_us": 1}}] * count
        case = {"name": "events-64-to-1", "title": "events", "unit": "events/s", "rounds": rounds,
                "contenders": list(rounds[0]), "failures": {}}
        return {"command": "scripts/bench", "quiet": {"awake": True, "first": True}, "cases": [case],
                "machine": {"cores": 2, "cpu": "a CPU", "kernel": "6", "versions": {}},
                "plan": {"rounds": count, "span_s": 0.2, "warm_up_s": 0.05, "anew": 5}, **kind}

    def test_each_kind_has_its_own(self):
        for kind, name, says in (({}, "benchmarks.md", "# Benchmarks"),
                                 ({"unseen": True}, "benchmarks-seen.md", "# What it costs to be seen"),
                                 ({"secure": True}, "benchmarks-secure.md", "# What certificates cost")):
            self.assertEqual(page.name_of(self.results(**kind)), name)
            self.assertTrue(page.text(self.results(**kind)).startswith(says + "\n"))

    def test_the_command_is_said_without_where_its_results_went(self):
        for words, said in (("", ""), ("--unseen --page --rounds 40 --json /tmp/a.json",
                                       " --unseen --page --rounds 40"),
                            ("--json - --page", " --page"), ("--json=a.json --page", " --page"),
                            ("--page --json", " --page")):
            with mock.patch.dict(os.environ, {"KITH_BENCH_ARGS": words}):
                self.assertEqual(machine.command(), "scripts/bench" + said)

    def test_what_certificates_cost_is_held_against_the_goals(self):
        for count, sure in (25, "-"), (26, "1.50-1.50"):
            lines = page.text(self.results(count, secure=True)).splitlines()
            self.assertIn("| events of 64 octets per second over tcp with certificates, against plain libzmq "
                          f"| ≥ 1.20 | 1.50 (1.50-1.50) | {sure} | met |", lines)
        self.assertIn("| round trip of an order over tcp with certificates, against kith without "
                      "| ≤ 1.20 | - | - | not measured |", lines)
        self.assertFalse([line for line in lines if line.startswith("Not installed")])


if __name__ == "__main__":
    unittest.main()
