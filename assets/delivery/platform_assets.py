"""The monitoring group: the platform's alerts with a check for each rule, and their mails."""

import dagster as dg

from assets.delivery.alert_assets import judged, mailed
from assets.delivery.assets import OWNERS
from assets.delivery.outbox import Mailer
from assets.delivery.platform_alerts import refresh_platform_alerts
from assets.delivery.platform_mail import send_platform_mails
from assets.lib.warehouse import WarehouseUrl

KEY = dg.AssetKey(["ops", "platform_alerts"])
MAILS = dg.AssetKey(["ops", "platform_alert_mails"])
# Rule of ops.alert_rules: its check. A test holds the two equal.
CHECKS = {
    "error_rate": "few_requests_fail",
    "page_load": "pages_load_fast",
    "api_latency": "the_api_answers_fast",
    "event_delay": "events_arrive_in_time",
    "failed_report": "every_report_was_made",
    "stale_source": "every_source_is_fresh",
    "held_build": "no_build_is_held",
}


@dg.asset(
    key=KEY,
    group_name="monitoring",
    owners=OWNERS,
    kinds={"postgres"},
    check_specs=[
        dg.AssetCheckSpec(name, asset=KEY, description=f"No open alert of the rule {rule}.") for rule, name in CHECKS.items()
    ],
    required_resource_keys={"warehouse", "mailer"},
)
def platform_alerts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per rule and subject that passed its limit, from then until it was well again; limits are in ops.alert_rules."""
    warehouse: WarehouseUrl = context.resources.warehouse
    mailer: Mailer = context.resources.mailer
    found = refresh_platform_alerts(warehouse.url, is_mail_wanted=mailer.smtp_url is not None)
    said = {rule: [alert.said for alert in found.open if alert.rule == rule] for rule in CHECKS}
    for rule, lines in said.items():
        for line in lines:
            context.log.warning(f"{rule}: {line}")
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(found.open), "opened": len(found.opened), "closed": found.closed},
        check_results=[judged(CHECKS[rule], lines, {"open": len(lines)}) for rule, lines in said.items()],
    )


@dg.asset(
    key=MAILS,
    deps=[platform_alerts],
    group_name="monitoring",
    owners=OWNERS,
    kinds={"python", "smtp"},
    check_specs=[dg.AssetCheckSpec("every_platform_alert_was_mailed", asset=MAILS)],
    required_resource_keys={"warehouse", "mailer"},
)
def platform_alert_mails(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per alert and operator, or owner of the account that it is about: the mail, sent once."""
    warehouse: WarehouseUrl = context.resources.warehouse
    outcome = send_platform_mails(warehouse.url, context.resources.mailer)
    return mailed(outcome, "every_platform_alert_was_mailed", "ops.platform_alert_mails")
