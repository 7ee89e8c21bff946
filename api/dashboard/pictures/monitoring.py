"""Figures and charts of the platform's health."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from api.dashboard import formats
from api.dashboard.charts import Chart, Series, Tone, Unit, Value
from api.dashboard.rendering import Tile
from api.monitoring.models import PlatformAlert, PlatformHealth, Served, ServedKind
from api.monitoring.reading import Moment

NAMES: Mapping[str, str] = {
    "feeds": "Feeds", "hosting": "Hosts' statistics", "lists": "Lists of agents and addresses", "marts": "Published build",
    "reports": "Reports to be made", "report_mails": "Reports to be mailed", "alert_mails": "Alerts to be mailed",
    "collector_queue_rows": "Events before their commit", "collector_spool_bytes": "Bytes in the collectors' spools",
    "api": "API and dashboard", "collector": "Collector", "report_worker": "Report worker", "scheduler": "Dagster's schedules",
}  # fmt: skip
Row = Mapping[str, str | bool]


def tiles(health: PlatformHealth) -> list[Tile]:
    """What an operator looks at first."""
    loads = health.page_loads.total
    silent = sum(not process.is_alive for process in health.processes)
    return [
        Tile("Alerts", formats.number(sum(a.closed_at is None for a in health.alerts)), "that last"),
        Tile("API, p95", formats.seconds(health.api.total.p95_s), f"{formats.number(health.api.total.request_count)} requests"),
        Tile("API errors", formats.rate(health.api.total.error_rate, 2), f"{health.api.total.failed_count} answers 5xx"),
        Tile("Page load, p95", formats.seconds(loads.p95_s), f"{formats.number(loads.request_count)} in browsers"),
        Tile("Page errors", formats.rate(health.pages.total.error_rate, 2), f"{health.pages.total.failed_count} answers 5xx"),
        Tile("Processes", formats.number(len(health.processes) - silent), f"{silent} silent" if silent else "all of them speak"),
    ]  # fmt: skip


def amount(value: float, unit: str) -> str:
    """A reading or a limit of a rule, in its unit."""
    if unit == "s":
        return formats.seconds(value) if value < 60 else formats.duration(value)
    return formats.rate(value) if unit == "share" else formats.number(value)


def alert_line(alert: PlatformAlert) -> Row:
    """One alert as its row says it."""
    limit = "" if alert.unit == "count" else f", limit {amount(alert.threshold, alert.unit)}"
    return {
        "title": alert.title,
        "subject": f"{alert.subject}{f' of account {alert.tenant_id}' if alert.tenant_id else ''}",
        "value": "" if alert.unit == "count" else f"{amount(alert.worst_value, alert.unit)} at worst{limit}",
        "detail": alert.detail,
        "advice": alert.advice,
        "opened": formats.moment(alert.opened_at),
        "closed": formats.moment(alert.closed_at) if alert.closed_at else "",
    }


def latency(times: Sequence[Moment], minutes: int) -> Chart:
    """95th percentiles of the API, the pages on the server, and the pages in browsers."""
    kinds: tuple[tuple[str, str, Tone], ...] = (
        ("api", "API", "1"),
        ("pages", "Pages, on the server", "2"),
        ("loads", "Pages, in browsers", "3"),
    )
    return Chart(
        "monitoring-latency", "95th percentile of the time, in ms", [label(m.at, minutes) for m in times],
        [Series(name, [_ms(m.p95_ms.get(kind)) for m in times], tone=tone, form="line") for kind, name, tone in kinds],
        category_name="From (UTC)", empty_text="Nothing was asked in this time.",
    )  # fmt: skip


def errors(times: Sequence[Moment], minutes: int) -> Chart:
    """Shares of answers that failed."""
    return Chart(
        "monitoring-errors", "Answers that failed", [label(m.at, minutes) for m in times],
        [
            Series("API", [m.error_rate.get("api") for m in times], form="line"),
            Series("Pages", [m.error_rate.get("pages") for m in times], tone="2", form="line"),
        ],
        unit=Unit("rate"), category_name="From (UTC)", empty_text="No answer failed in this time.",
    )  # fmt: skip


def label(at: datetime, minutes: int) -> str:
    return at.astimezone(UTC).strftime("%H:%M" if minutes <= 24 * 60 else "%d %b %H:%M")


def page_rows(health: PlatformHealth, usage: ServedKind) -> list[Row]:
    """The dashboard's pages by how often people opened them in 30 days, with their times of the chosen span."""
    server = {found.name: found for found in health.pages.by_name}
    browser = {found.name: found for found in health.page_loads.by_name}
    views = {found.name: found.request_count for found in usage.by_name}
    names = sorted(set(browser) | set(views), key=lambda name: (-views.get(name, 0), name or ""))
    return [
        {
            "name": name or "", "views": formats.number(views.get(name, 0)), "server": formats.seconds(_p95(server.get(name))),
            "p50": formats.seconds(browser[name].p50_s if name in browser else None),
            "p95": formats.seconds(_p95(browser.get(name))),
        }
        for name in names
    ]  # fmt: skip


def process_rows(health: PlatformHealth) -> list[Row]:
    now = health.measured_at
    return [
        {
            "name": NAMES[process.kind], "id": process.process_id.hex[:8], "status": "active" if process.is_alive else "failed",
            "word": "alive" if process.is_alive else "silent", "since": formats.moment(process.started_at),
            "seen": formats.ago(process.seen_at, now),
        }
        for process in health.processes
    ]  # fmt: skip


def source_rows(health: PlatformHealth) -> list[Row]:
    return [
        {
            "name": NAMES[found.source], "account": f"account {found.tenant_id}" if found.tenant_id else "",
            "last": formats.moment(found.last_success_at), "age": formats.duration(found.age_s),
            "limit": formats.duration(found.limit_s), "status": "failed" if found.is_stale else "active",
            "word": "stale" if found.is_stale else "fresh",
        }
        for found in health.freshness
    ]  # fmt: skip


def queue_rows(health: PlatformHealth) -> list[Row]:
    return [
        {"name": NAMES[queue.queue], "depth": formats.number(queue.depth), "oldest": formats.duration(queue.oldest_s)}
        for queue in health.queues
    ]


def _p95(found: Served | None) -> float | None:
    return found.p95_s if found is not None else None


def _ms(value: float | None) -> Value:
    return None if value is None else round(value, 1)
