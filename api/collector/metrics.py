"""What a collector tells Prometheus: counts and times of its own work, nothing about a person or a tenant."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

REGISTRY = CollectorRegistry()
EVENTS = Counter("hostread_collector_events", "Events by what became of them.", ["outcome"], registry=REGISTRY)
REFUSALS = Counter("hostread_collector_refusals", "Requests refused, by reason.", ["code"], registry=REGISTRY)
COMMIT_SECONDS = Histogram(
    "hostread_collector_commit_seconds", "Time to commit one group of events.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5), registry=REGISTRY,
)  # fmt: skip
GROUP_EVENTS = Histogram(
    "hostread_collector_group_events", "Events committed together.", buckets=(1, 5, 20, 100, 500, 2_000, 10_000), registry=REGISTRY
)
QUEUE_ROWS = Gauge("hostread_collector_queue_rows", "Events waiting for their commit.", registry=REGISTRY)
DATABASE_UP = Gauge("hostread_collector_database_up", "Writers that are connected to the database.", registry=REGISTRY)
PREFIX = Counter(
    "hostread_collector_prefix_requests", "Prefix requests by what became of their record.", ["outcome"], registry=REGISTRY
)
SPOOLED = Counter("hostread_collector_spooled", "Events that were put into the spool.", registry=REGISTRY)
DRAINED = Counter("hostread_collector_drained", "Events that came from a spool into the database.", registry=REGISTRY)
SPOOL_BYTES = Gauge("hostread_collector_spool_bytes", "Bytes that wait in this process's spools.", registry=REGISTRY)
SPOOLS_DAMAGED = Counter("hostread_collector_spools_damaged", "Spools that were set aside as unreadable.", registry=REGISTRY)
ACCEPTED = EVENTS.labels("accepted")
QUARANTINED = EVENTS.labels("quarantined")
ProcessCollector(registry=REGISTRY)


def exposition() -> bytes:
    """The metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)


def figures() -> dict[str, float]:
    """What this process says of itself to the others: how much waits in it."""
    return {"queue_rows": _value(QUEUE_ROWS), "spool_bytes": _value(SPOOL_BYTES)}


def _value(gauge: Gauge) -> float:
    return float(next(iter(gauge.collect())).samples[0].value)
