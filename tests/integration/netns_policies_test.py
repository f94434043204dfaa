#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""What `kith doctor` says where a host lets no beacons out or in: by policies of IPsec, which need no firewall's
program and act as its rules do.

It needs root, and leaves nothing behind. CMake registers it only where namespaces can be made and have such policies."""

import os
import unittest

from netns_lab import DiagnosisCase


class Policies(DiagnosisCase):
    def test_beacons_that_are_not_let_out_or_not_let_in(self):
        for way, code in (("out", "cannot_send"), ("in", "multicast_not_heard")):
            with self.subTest(way):
                self.left.ip(f"xfrm policy add src 0.0.0.0/0 dst 239.255.75.84/32 dir {way} action block")
                self.assertIn(("error", code, "eth0"), self.diagnose())
                self.left.ip("xfrm policy flush")
                self.assertIn(("good", "multicast", "eth0"), self.diagnose())


if __name__ == "__main__":
    os.chdir("/")
    unittest.main(verbosity=2)
