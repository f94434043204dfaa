#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""A soak of services that leak must fail, and name what leaks: planted_test.py LIBRARY.

The library is preloaded into each instance. Those of order leak memory, as fast as 2 KiB an order
would; those of payment leak descriptors, and pages that malloc does not know of. What does not leak
must not be blamed.
"""

import os
import re
import sys

# Its faults leave order-1 alone, and payment-1 but for the blackout, which comes early: one life of each
# is long enough to be judged by its growth. Earlier still, and what order-1 keeps of the orders that waited
# would go while it is judged.
SEED = "83"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from processes import run  # noqa: E402


def main():
    done = run([sys.executable, "-B", os.path.join(HERE, "soak.py"), "--minutes", "1.5", "--plant",
                "--seed", SEED, "--probe", sys.argv[1]], 600)
    print(done.stdout + done.stderr)
    blamed = set(re.findall(r"FAILED: (order|payment|load)\S* \(life \d+\): ([\w ]+): growing",
                            done.stdout))
    blamed |= set(re.findall(r"FAILED: (order|payment|load)\S* has \d+ (descriptors) at rest",
                             done.stdout))
    expected = {("order", "memory in use"), ("payment", "descriptors"), ("payment", "private pages")}
    blamed -= {("order", "private pages")}  # what leaks is in them, too
    if done.returncode != 1 or blamed != expected:
        print(f"it ended with status {done.returncode} and blames {sorted(blamed)}, where "
              f"{sorted(expected)} leaked")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
