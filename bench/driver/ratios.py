# SPDX-License-Identifier: MPL-2.0
"""The arithmetic: what contenders did in each round becomes the median of paired ratios, and its
spread. Pure.

Within one round all contenders run one after the other, in an order that changes, so a slow moment
of the machine hits a whole round and cancels out of its ratios. An absolute figure does not have
that luck: it is for orientation.

The rounds of one sitting share processes, and with them the luck of those: they are not independent,
sittings are. So how sure a median is, is told by one value of each sitting."""

import math


FEWEST = 6  # sittings: of five, 1 in 16 times all are on one side of the true median


class Spread:
    """The middle of some values, and the quartiles around it; and where the true middle is, known the
    better the more sittings there are, of which `sittings` has a value each. None: of too few."""

    def __init__(self, values, sittings=()):
        ordered = sorted(values)
        if not ordered:
            raise ValueError("no values")
        self.count = len(ordered)
        self.median = quantile(ordered, 0.5)
        self.low = quantile(ordered, 0.25)
        self.high = quantile(ordered, 0.75)
        self.surely = middle_of(sorted(sittings)) if len(sittings) >= FEWEST else None


def quantile(ordered, share):
    """Of sorted values, between neighbours in proportion."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def middle_of(ordered):
    """Between which two of the sorted values the true median is, with 95 % confidence: by the normal
    approximation of the sign test, which takes nothing for granted but that the values are
    independent. Of at least FEWEST."""
    half = 0.98 * math.sqrt(len(ordered))
    low = max(0, math.floor((len(ordered) - 1) / 2 - half))
    high = min(len(ordered) - 1, math.ceil((len(ordered) - 1) / 2 + half))
    return ordered[low], ordered[high]


def paired(rounds, of, base):
    """`rounds`: a list of {contender: value}. The ratios of those rounds that have both."""
    return [done[of] / done[base] for done in rounds
            if done.get(of) is not None and done.get(base)]


def spread_of_ratios(rounds, of, base, anew=0):
    """None when there was no round with both. `anew`: so many rounds were one sitting; 0: it is not said."""
    ratios = paired(rounds, of, base)
    sittings = [paired(rounds[begin:begin + anew], of, base)
                for begin in range(0, len(rounds), anew)] if anew else []
    medians = [quantile(sorted(one), 0.5) for one in sittings if one]
    return Spread(ratios, medians) if ratios else None


def spread_of_values(rounds, of):
    values = [done[of] for done in rounds if done.get(of) is not None]
    return Spread(values) if values else None
