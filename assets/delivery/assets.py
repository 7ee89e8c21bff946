"""The delivery group: each sponsor's reports of the period, then the mail that carries them."""

from datetime import UTC
from uuid import UUID

import dagster as dg

from assets.delivery.outbox import Mailer, send_pending
from assets.delivery.queue import Prepared, prepare_reports
from assets.lib.clock import now, parse_instant
from assets.lib.warehouse import WarehouseUrl

OWNERS = ["team:hostread"]
# A mail server that is away for a minute is not away for a week.
MAIL_RETRIES = dg.RetryPolicy(max_retries=3, delay=15, backoff=dg.Backoff.EXPONENTIAL)


class ReportsConfig(dg.Config):
    """Which period and which sponsors: to make a week again, or one sponsor's reports alone."""

    as_of: str | None = None
    sponsor_ids: list[str] = []  # noqa: RUF012  # a Dagster Config is a pydantic model: the default is copied


@dg.asset(
    key=["delivery", "reports"],
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="delivery",
    owners=OWNERS,
    kinds={"python", "pdf"},
    check_specs=[dg.AssetCheckSpec("every_report_is_rendered", asset=["delivery", "reports"])],
    required_resource_keys={"warehouse"},
)
def reports(context: dg.AssetExecutionContext, config: ReportsConfig) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads a subscripted one as a tuple of outputs
    """One row per campaign in flight, sponsor and week: its report as PDF, spreadsheet and CSV, stored with the build it shows.

    The week is the last whole one, Monday to Sunday in the schedule's time zone, before `as_of` (ISO 8601 with an offset; the
    present where it is unset). Run again, it makes nothing twice.
    """
    # Here and not above: the drawing libraries take half a second that the definitions can do without.
    from assets.delivery.rendering import render_prepared

    warehouse: WarehouseUrl = context.resources.warehouse
    at = parse_instant(config.as_of) if config.as_of else now()
    prepared = prepare_reports(warehouse.url, at.astimezone(UTC), [UUID(sponsor) for sponsor in config.sponsor_ids])
    states = render_prepared(warehouse.url, prepared)
    problems = {str(report): error or status for report, (status, error) in states.items() if status != "succeeded"}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(prepared),
            "new": sum(one.is_new for one in prepared),
            "held": sum(one.held_reason is not None for one in prepared),
            "periods": dg.MetadataValue.md(periods_table(prepared, states)),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="every_report_is_rendered",
                passed=not problems,
                description=f"{len(problems)} of {len(states)} reports are not there" if problems else None,
                metadata={"problems": dg.MetadataValue.json(problems)},
            )
        ],
    )


@dg.asset(
    key=["delivery", "report_mails"],
    deps=[reports],
    group_name="delivery",
    owners=OWNERS,
    kinds={"python", "smtp"},
    check_specs=[dg.AssetCheckSpec("every_recipient_was_reached", asset=["delivery", "report_mails"])],
    retry_policy=MAIL_RETRIES,
    required_resource_keys={"warehouse", "mailer"},
)
def report_mails(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per campaign, week, version and recipient: the mail with the PDF, sent once.

    Without a mail server the deliveries wait, and each says so. A server that is away fails this asset, which is tried again.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    mailer: Mailer = context.resources.mailer
    outcome = send_pending(warehouse.url, mailer)
    if outcome.problem is not None:
        raise dg.Failure(
            description=f"mail did not go out: {outcome.problem}",
            metadata=dict(outcome.counts),
            allow_retries=True,
        )
    failed = outcome.counts.get("failed", 0)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": outcome.counts.get("sent", 0),
            **{name: outcome.counts.get(name, 0) for name in ("sent", "failed", "pending")},
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="every_recipient_was_reached",
                passed=failed == 0,
                severity=dg.AssetCheckSeverity.WARN,
                description=f"{failed} recipients were refused: ops.deliveries says why" if failed else None,
            )
        ],
    )


def periods_table(prepared: list[Prepared], states: dict[UUID, tuple[str, str | None]]) -> str:
    """What was made, for the run's page; ids only, since names are data."""
    lines = ["| sponsor | campaign | week | report | state |", "|---|---|---|---|---|"]
    for one in prepared:
        state = states[one.report_id][0] if one.report_id in states else one.held_reason or "requested"
        week = f"{one.period.start} to {one.period.end}"
        lines.append(f"| {one.sponsor_id} | {one.campaign_id} | {week} | {one.report_id or '–'} | {state} |")
    return "\n".join(lines)
