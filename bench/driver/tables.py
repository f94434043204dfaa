# SPDX-License-Identifier: MPL-2.0
"""Results as tables: for a terminal, and for a page."""

import contenders
import goals
import ratios

COLUMNS = ("", "figure", "to libzmq, same transport", "to libzmq, tcp", "CPU per operation",
           "CPU to libzmq, same transport")

GOAL_COLUMNS = ("ratio", "goal", "measured", "95 % sure", "")


def rows_of(case):
    """One for each contender that has something to show."""
    values = goals.values_of(case["rounds"], "value")
    cpu = goals.values_of(case["rounds"], "cpu_us")
    for name in case["contenders"]:
        label = contenders.label_of(name)
        figure = ratios.spread_of_values(values, name)
        if figure is None:
            yield [label, "failed" if name in case["failures"] else "not measured", *[""] * 4]
            continue
        base = contenders.base_of(name)
        yield [label, figure_text(figure.median, case["unit"]),
               ratio_text(ratios.spread_of_ratios(values, name, base)),
               ratio_text(ratios.spread_of_ratios(values, name, "libzmq/tcp")),
               f"{ratios.spread_of_values(cpu, name).median:.2f} µs",
               ratio_text(ratios.spread_of_ratios(cpu, name, base))]


def figure_text(value, unit):
    if unit == "us":
        return f"{value:.1f} µs"
    if value >= 1e6:
        return f"{value / 1e6:.2f} M {unit}"
    return f"{value / 1e3:.1f} k {unit}"


def ratio_text(spread):
    if spread is None:
        return "-"
    return f"{spread.median:.2f} ({spread.low:.2f}-{spread.high:.2f})"


def sure_text(spread):
    return f"{spread.surely[0]:.2f}-{spread.surely[1]:.2f}" if spread and spread.surely else "-"


def goal_rows(results):
    for judged in goals.judge(goals.of(results), results):
        relation = {"<=": "≤", ">=": "≥"}[judged.goal.relation]
        yield [judged.goal.title, f"{relation} {judged.goal.limit:.2f}", ratio_text(judged.spread),
               sure_text(judged.spread), judged.verdict]


def versus_rows(results):
    """This build against the one before, for each case and contender that ran from both."""
    for case in results["cases"]:
        values = goals.values_of(case["rounds"], "value")
        cpu = goals.values_of(case["rounds"], "cpu_us")
        for before in case["contenders"]:
            name = before.removesuffix(contenders.BEFORE)
            if name != before:
                yield [case["name"], contenders.label_of(name),
                       ratio_text(ratios.spread_of_ratios(values, name, before)),
                       ratio_text(ratios.spread_of_ratios(cpu, name, before))]


def aligned(rows):
    """For a terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in
                                             zip(row[1:], widths[1:])]
        yield "  ".join(cells).rstrip()


def terminal(results):
    lines = []
    for case in results["cases"]:
        lines += ["", case["title"], *aligned([list(COLUMNS), *rows_of(case)])]
    versus = list(versus_rows(results))
    if versus:
        lines += ["", "This build to the one before",
                  *aligned([["", "", "figure", "CPU per operation"], *versus])]
    lines += ["", "Goals", *aligned([list(GOAL_COLUMNS), *goal_rows(results)])]
    return "\n".join(lines)


def markdown(rows):
    head, *body = rows
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in body:
        yield "| " + " | ".join(row) + " |"
