"""The alerts group: faults of collection and verdicts that changed, told after each build, and their mails."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from assets.delivery.alert_mail import send_alert_mails
from assets.delivery.alerts import Alert, refresh_alerts
from assets.delivery.assets import OWNERS
from assets.delivery.outbox import Mailer, Outcome
from assets.delivery.saturation_alerts import refresh_verdicts
from assets.delivery.verdict_mail import send_verdict_mails
from assets.lib.warehouse import WarehouseUrl

KEY = dg.AssetKey(["ops", "collection_alerts"])
MAILS = dg.AssetKey(["ops", "alert_mails"])
VERDICT_MAILS = dg.AssetKey(["ops", "verdict_mails"])


@dg.asset(
    key=KEY,
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="alerts",
    owners=OWNERS,
    kinds={"postgres"},
    check_specs=[
        dg.AssetCheckSpec(
            "every_site_is_collected_within_limits",
            asset=KEY,
            description="Loss under 5 %, 95 % of an hour's events within 5 s: a warning that names the site and the hour.",
        )
    ],
    required_resource_keys={"warehouse", "mailer"},
)
def collection_alerts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per fault of a site's collection: its kind, its first and last bad hour, how bad it was, and when it was over."""
    warehouse: WarehouseUrl = context.resources.warehouse
    mailer: Mailer = context.resources.mailer
    found = refresh_alerts(warehouse.url, context.run_id, is_mail_wanted=mailer.smtp_url is not None)
    said = [describe(alert) for alert in found.open]
    for line in said:
        context.log.warning(line)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(found.open), "opened": len(found.opened), "closed": found.closed},
        check_results=[
            judged(
                "every_site_is_collected_within_limits",
                said,
                {"alerts": dg.MetadataValue.md(table(found.open))} if said else {},
            )
        ],
    )


@dg.asset(
    key=MAILS,
    deps=[collection_alerts],
    group_name="alerts",
    owners=OWNERS,
    kinds={"python", "smtp"},
    check_specs=[dg.AssetCheckSpec("every_alert_was_mailed", asset=MAILS)],
    required_resource_keys={"warehouse", "mailer"},
)
def alert_mails(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per alert and owner of the tenant: the mail, sent once. A mail server that is away is a warning."""
    warehouse: WarehouseUrl = context.resources.warehouse
    outcome = send_alert_mails(warehouse.url, context.resources.mailer)
    return mailed(outcome, "every_alert_was_mailed", "ops.alert_mails")


@dg.asset(
    key=["ops", "saturation_verdicts"],
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="alerts",
    owners=OWNERS,
    kinds={"postgres"},
    required_resource_keys={"warehouse", "mailer"},
)
def saturation_verdicts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per verdict of a channel, from the build that said it first to the one that said another: an alert."""
    warehouse: WarehouseUrl = context.resources.warehouse
    mailer: Mailer = context.resources.mailer
    changed = refresh_verdicts(warehouse.url, is_mail_wanted=mailer.smtp_url is not None)
    for verdict in changed:
        context.log.warning(verdict.said)
    return dg.MaterializeResult(metadata={"changed": len(changed)})


@dg.asset(
    key=VERDICT_MAILS,
    deps=[saturation_verdicts],
    group_name="alerts",
    owners=OWNERS,
    kinds={"python", "smtp"},
    check_specs=[dg.AssetCheckSpec("every_changed_verdict_was_mailed", asset=VERDICT_MAILS)],
    required_resource_keys={"warehouse", "mailer"},
)
def verdict_mails(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per changed verdict and owner of the tenant: told once, all of an owner in one mail. A server that is away is a
    warning."""
    warehouse: WarehouseUrl = context.resources.warehouse
    outcome = send_verdict_mails(warehouse.url, context.resources.mailer)
    return mailed(outcome, "every_changed_verdict_was_mailed", "ops.verdict_mails")


def judged(check_name: str, said: Sequence[str], metadata: Mapping[str, Any] | None = None) -> dg.AssetCheckResult:
    """The check of what alerts are open: a warning that names the first of them."""
    return dg.AssetCheckResult(
        check_name=check_name, passed=not said, severity=dg.AssetCheckSeverity.WARN, description="; ".join(said[:5]) or None,
        metadata=metadata or {},
    )  # fmt: skip


def mailed(outcome: Outcome, check_name: str, table_name: str) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What became of a table of mails, with its check: a warning that says why where one could not be sent."""
    failed = outcome.counts.get("failed", 0)
    problem = outcome.problem or (f"{failed} recipients were refused: {table_name} says why" if failed else None)
    return dg.MaterializeResult(
        metadata={name: outcome.counts.get(name, 0) for name in ("sent", "failed", "pending")},
        check_results=[
            dg.AssetCheckResult(
                check_name=check_name,
                passed=problem is None,
                severity=dg.AssetCheckSeverity.WARN,
                description=problem,
            )
        ],
    )


def describe(alert: Alert) -> str:
    """Site, hour and fault on one line; ids only, since names are data."""
    return f"tenant {alert.tenant_id}, site {alert.site_id}, hour {alert.last_hour_at:%Y-%m-%d %H:00} UTC: {alert.said}"


def table(alerts: Sequence[Alert]) -> str:
    lines = ["| tenant | site | kind | first hour (UTC) | last hour (UTC) | worst |", "|---|---|---|---|---|---|"]
    for a in alerts[:50]:
        hours = f"{a.first_hour_at:%Y-%m-%d %H:00} | {a.last_hour_at:%Y-%m-%d %H:00}"
        lines.append(f"| {a.tenant_id} | {a.site_id} | {a.kind} | {hours} | {a.said} |")
    return "\n".join(lines)
