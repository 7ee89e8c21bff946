"""Every suite, in the order of the pipeline, and the list of their checks."""

from collections.abc import Mapping

from expectations.campaigns import ORDERS, SPEND, SURVEY_ANSWERS
from expectations.collector import EVENTS
from expectations.feeds import CHANNELS, ITEMS, SNAPSHOTS
from expectations.hosting import DOWNLOADS
from expectations.logs import PREFIXED, REQUESTS
from expectations.quarantine import QUARANTINE
from expectations.rules import CheckSpec, Suite

SUITES: Mapping[str, Suite] = {
    suite.table: suite
    for suite in (CHANNELS, ITEMS, SNAPSHOTS, DOWNLOADS, REQUESTS, PREFIXED, EVENTS, ORDERS, SPEND, SURVEY_ANSWERS, QUARANTINE)
}


def catalogue() -> list[CheckSpec]:
    """One entry per check, for whoever declares them; without importing Great Expectations."""
    return [
        CheckSpec(rule.name, suite.table, rule.severity, f"{rule.expected}. {rule.reason}")
        for suite in SUITES.values()
        for rule in suite.rules
    ]
