"""The delivery group: each sponsor's reports of the period, then the mail that carries them."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

import dagster as dg

from assets.delivery.outbox import Mailer, send_pending
from assets.delivery.queue import Prepared, prepare_partition, prepare_reports
from assets.lib.clock import now, parse_instant
from assets.lib.warehouse import WarehouseUrl

OWNERS = ["team:hostread"]
# A mail server that is away for a minute is not away for a week.
MAIL_RETRIES = dg.RetryPolicy(max_retries=3, delay=15, backoff=dg.Backoff.EXPONENTIAL)
SPONSORS = dg.DynamicPartitionsDefinition(name="report_sponsors")
PERIODS = dg.DynamicPartitionsDefinition(name="report_periods")
# A sponsor's id, and a week's Monday, a month, or the month in which flights ended: assets.delivery.periods.
ISSUES = dg.MultiPartitionsDefinition({"sponsor": SPONSORS, "period": PERIODS})
KEY = dg.AssetKey(["delivery", "reports"])
PARTITIONED = dg.AssetKey(["delivery", "sponsor_reports"])
RENDERED, PROVED = "every_report_is_rendered", "every_report_is_proved"


class ReportsConfig(dg.Config):
    """Which moment and which sponsors: to make what was due then, or one sponsor's reports alone."""

    as_of: str | None = None
    sponsor_ids: list[str] = []  # noqa: RUF012  # a Dagster Config is a pydantic model: the default is copied


def checks_of(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(RENDERED, asset=key),
        dg.AssetCheckSpec(PROVED, asset=key, description="The build, the sums and the files of each report; what fails is held."),
    ]


@dg.asset(
    key=KEY,
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="delivery",
    owners=OWNERS,
    kinds={"python", "pdf"},
    check_specs=checks_of(KEY),
    required_resource_keys={"warehouse"},
)
def reports(context: dg.AssetExecutionContext, config: ReportsConfig) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads a subscripted one as a tuple of outputs
    """One row per report, sponsor and period that is due by its schedule: as PDF, spreadsheet and CSV, proved.

    What is due at `as_of` (ISO 8601 with an offset; the present where it is unset), and what was held or failed before. Run again,
    it makes nothing twice.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    at = parse_instant(config.as_of) if config.as_of else now()
    prepared = prepare_reports(warehouse.url, at.astimezone(UTC), [UUID(sponsor) for sponsor in config.sponsor_ids])
    return made(warehouse, prepared, KEY)


@dg.asset(
    key=PARTITIONED,
    deps=[dg.AssetKey(["marts", "builds"])],
    partitions_def=ISSUES,
    group_name="delivery",
    owners=OWNERS,
    kinds={"python", "pdf", "smtp"},
    check_specs=checks_of(PARTITIONED),
    required_resource_keys={"warehouse", "mailer"},
)
def sponsor_reports(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per report of one sponsor and period: the same by hand, with its mails, however long ago the period was over.

    Many at once are a backfill. What was mailed before is not mailed again.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    keys = context.partition_key
    assert isinstance(keys, dg.MultiPartitionKey)  # noqa: S101  # as its definition says
    chosen = keys.keys_by_dimension
    _, prepared = prepare_partition(warehouse.url, UUID(chosen["sponsor"]), chosen["period"], now())
    result = made(warehouse, prepared, PARTITIONED)
    outcome = send_pending(warehouse.url, context.resources.mailer)
    if outcome.problem is not None:
        context.log.warning(f"mail did not go out, and waits for the next run: {outcome.problem}")
    return result


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
    """One row per sponsor, period, version and recipient: the mail with the PDFs, sent once.

    Without a mail server the deliveries wait, and each says so. A server that is away fails this asset, which is tried again.
    """
    from assets.delivery.held_mail import send_held_mails

    warehouse: WarehouseUrl = context.resources.warehouse
    mailer: Mailer = context.resources.mailer
    outcome = send_pending(warehouse.url, mailer)
    told = send_held_mails(warehouse.url, mailer)
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
            "told_of_held_reports": told.counts.get("sent", 0),
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


@dg.asset(
    key=["delivery", "returned_mails"],
    group_name="delivery",
    owners=OWNERS,
    kinds={"python", "smtp"},
    required_resource_keys={"warehouse", "bounce_folder"},
)
def returned_mails(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per file of HOSTREAD_BOUNCE_FOLDER: a bounce or a complaint, marked at its delivery in ops.deliveries."""
    from assets.delivery.returned import take_folder

    warehouse: WarehouseUrl = context.resources.warehouse
    counts, said = take_folder(warehouse.url, context.resources.bounce_folder)
    for line in said[:20]:
        context.log.warning(line)
    return dg.MaterializeResult(metadata={"dagster/row_count": counts.total(), **dict(counts)})


def made(warehouse: WarehouseUrl, prepared: Sequence[Prepared], key: dg.AssetKey) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What was asked for, rendered and proved; what is right waits for its mails from here on."""
    # Here and not above: the drawing libraries take half a second that the definitions can do without.
    from assets.delivery.releasing import release_issues
    from assets.delivery.rendering import render_prepared

    states = render_prepared(warehouse.url, prepared)
    held = release_issues(warehouse.url, prepared, states)
    problems = {str(report): error or status for report, (status, error) in states.items() if status != "succeeded"}
    faults = {str(one.issue_id): list(one.faults[:10]) for one in held}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(prepared),
            "new": sum(one.is_new for one in prepared),
            "held": sum(one.held_reason is not None for one in prepared) + len(held),
            "periods": dg.MetadataValue.md(periods_table(prepared, states)),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=RENDERED,
                asset_key=key,
                passed=not problems,
                description=f"{len(problems)} of {len(states)} reports are not there" if problems else None,
                metadata={"problems": dg.MetadataValue.json(problems)},
            ),
            dg.AssetCheckResult(
                check_name=PROVED,
                asset_key=key,
                passed=not faults,
                description=f"{len(faults)} messages are held: their reports do not add up" if faults else None,
                metadata={"faults": dg.MetadataValue.json(faults)},
            ),
        ],
    )


def periods_table(prepared: Sequence[Prepared], states: dict[UUID, tuple[str, str | None]]) -> str:
    """What was made, for the run's page; ids only, since names are data."""
    lines = ["| sponsor | kind | campaign | period | report | state |", "|---|---|---|---|---|---|"]
    for one in prepared:
        state = states[one.report_id][0] if one.report_id in states else one.held_reason or "requested"
        period = f"{one.period.start} to {one.period.end}"
        lines.append(
            f"| {one.sponsor_id} | {one.kind} | {one.campaign_id or 'all'} | {period} | {one.report_id or '–'} | {state} |"
        )
    return "\n".join(lines)
