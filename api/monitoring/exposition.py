"""What Prometheus reads of the whole platform, beside what a process counts itself: every API process says the same.

Labels are the names of rules, queues, sources and kinds of processes: a dozen, however many accounts there are.
"""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.database import AppDatabase, DatabaseUnavailableError
from api.monitoring.models import PlatformHealth
from api.monitoring.reading import as_operator, platform_health

RULES = "select rule, subject, threshold from ops.alert_rules order by rule, subject"
MINUTES = 5


class Platform(Collector):
    """One scrape: read once, told as gauges. A database that is away is a figure too."""

    def __init__(self, database: AppDatabase) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            health = platform_health(self._database, MINUTES)
            with as_operator(self._database) as c:
                rules = [(row["rule"], row["subject"], row["threshold"]) for row in c.execute(RULES)]
        except DatabaseUnavailableError:
            yield GaugeMetricFamily("hostread_database_up", "Whether the API reaches the database.", 0)
            return
        yield GaugeMetricFamily("hostread_database_up", "Whether the API reaches the database.", 1)
        yield from gauges(health)
        limits = GaugeMetricFamily("hostread_alert_limit", "Limits of the alert rules.", labels=["rule", "subject"])
        for rule, subject, threshold in rules:
            limits.add_metric([rule, subject], threshold)
        open_ = Counter(alert.rule for alert in health.alerts if alert.closed_at is None)
        alerts = GaugeMetricFamily("hostread_alerts_open", "Alerts that last.", labels=["rule"])
        for rule in sorted({rule for rule, _, _ in rules}):
            alerts.add_metric([rule], open_[rule])
        yield from (limits, alerts)


def gauges(health: PlatformHealth) -> Iterator[GaugeMetricFamily]:
    """The figures of one look, by metric."""
    depth = GaugeMetricFamily("hostread_queue_depth", "How much waits, over all processes.", labels=["queue"])
    oldest = GaugeMetricFamily("hostread_queue_oldest_seconds", "How long the oldest has waited.", labels=["queue"])
    for queue in health.queues:
        depth.add_metric([queue.queue], queue.depth)
        oldest.add_metric([queue.queue], queue.oldest_s or 0)
    age = GaugeMetricFamily("hostread_source_age_seconds", "Since the stalest account was read well.", labels=["source"])
    limit = GaugeMetricFamily("hostread_source_limit_seconds", "From when on a source is stale.", labels=["source"])
    oldest_of = {found.source: found for found in sorted(health.freshness, key=lambda f: f.age_s)}
    for name, found in sorted(oldest_of.items()):
        age.add_metric([name], found.age_s)
        limit.add_metric([name], found.limit_s)
    processes = GaugeMetricFamily("hostread_processes", "Processes that speak, and that fell silent.", labels=["kind", "state"])
    states = Counter((process.kind, "alive" if process.is_alive else "silent") for process in health.processes)
    for kind in ("api", "collector", "report_worker", "scheduler"):
        for state in ("alive", "silent"):
            processes.add_metric([kind, state], states[kind, state])
    builds = GaugeMetricFamily("hostread_builds", "Builds of the last day by what became of them.", labels=["status"])
    for status in ("published", "held", "abandoned"):
        builds.add_metric([status], getattr(health.builds, f"{status}_count"))
    duration = GaugeMetricFamily("hostread_build_seconds", "How long the newest published build took.")
    duration.add_metric([], health.builds.last_duration_s or 0)
    held = GaugeMetricFamily("hostread_build_held", "1: the newest build is held back by its checks.")
    held.add_metric([], float(health.builds.is_held))
    yield from (depth, oldest, age, limit, processes, builds, duration, held)


def platform_text(database: AppDatabase) -> bytes:
    """The platform's figures in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Platform(database))
    return generate_latest(registry)
