# SPDX-License-Identifier: MPL-2.0
"""A node's page of metrics, as Prometheus's tool and the Python client read it."""

import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

import shop  # noqa: F401: it knows where processes are
from processes import SLOWER, run

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
# These are not there before something has happened: faults_metrics_test.py lets it happen.
RARE = {"kith_breakers", "kith_events_dropped_total", "kith_calls_dropped_total",
        "kith_envelopes_dropped_total", "kith_certificate_expiry_timestamp_seconds",
        "kith_extra_attempts_refused_total", "kith_call_errors_total", "kith_dead_letters"}


def promtool(*args, stdin=None):
    return run(["promtool", *args], input=stdin)


class Pages:
    """Of one node. `token`: who shows it may read them."""

    def __init__(self, url, token=""):
        self.url = url
        self.token = token

    def get(self, path, accept=""):
        fields = {"Accept": accept}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, headers=fields)
        with urllib.request.urlopen(request, timeout=10 * SLOWER) as page:
            return page.read().decode()

    def samples(self):
        """By name, as lists of labels and values."""
        found = {}
        for family in open_metrics(self.get("/metrics", OPEN_METRICS)):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found

    def value(self, name, **labels):
        return sum(value for which, value in self.samples().get(name, [])
                   if labels.items() <= which.items())

    def expect_good(self, case):
        """All who read metrics accept these; gives the names of what they have read."""
        page = self.get("/metrics")
        checked = promtool("check", "metrics", stdin=page)
        case.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""), page)
        plain = list(plain_text(page))
        exact = list(open_metrics(self.get("/metrics", OPEN_METRICS)))
        case.assertEqual({one.name for one in plain} - {one.name for one in exact}, set())
        return {sample.name for family in plain for sample in family.samples}
