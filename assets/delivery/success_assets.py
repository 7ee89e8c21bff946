"""Customer success: alerts of customers after each build, told to operators, and each customer's one survey."""

import dagster as dg

from api.mail.survey_links import SurveyLinks
from assets.delivery.alert_assets import judged, mailed
from assets.delivery.assets import OWNERS
from assets.delivery.customer_watch import send_customer_alert_mails, watch_customers
from assets.delivery.outbox import Mailer
from assets.delivery.surveys import queue_surveys, send_surveys
from assets.lib.warehouse import WarehouseUrl

KEY = dg.AssetKey(["ops", "customer_alerts"])
MAILS = dg.AssetKey(["ops", "customer_alert_mails"])
SURVEYS = dg.AssetKey(["ops", "survey_mails"])


@dg.asset(
    key=KEY,
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="alerts",
    owners=OWNERS,
    kinds={"postgres"},
    check_specs=[
        dg.AssetCheckSpec(
            "every_customer_is_satisfied",
            asset=KEY,
            description="NPS of 50 or more, satisfaction of 7 or more, no technical issue: a warning that names the customer.",
        )
    ],
    required_resource_keys={"warehouse", "mailer"},
)
def customer_alerts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per thing that is wrong with a customer: low scores, opened and closed with the builds, and technical issues."""
    warehouse: WarehouseUrl = context.resources.warehouse
    mailer: Mailer = context.resources.mailer
    found = watch_customers(warehouse.url, is_mail_wanted=mailer.smtp_url is not None)
    said = [f"tenant {alert.tenant_id}: {alert.said}" for alert in found.open]
    for line in said:
        context.log.warning(line)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(found.open), "opened": found.opened, "closed": found.closed},
        check_results=[judged("every_customer_is_satisfied", said)],
    )


@dg.asset(
    key=MAILS,
    deps=[customer_alerts],
    group_name="alerts",
    owners=OWNERS,
    kinds={"python", "smtp"},
    check_specs=[dg.AssetCheckSpec("every_customer_alert_was_mailed", asset=MAILS)],
    required_resource_keys={"warehouse", "mailer"},
)
def customer_alert_mails(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per customer's alert and operator: the mail, sent once. A mail server that is away is a warning."""
    warehouse: WarehouseUrl = context.resources.warehouse
    outcome = send_customer_alert_mails(warehouse.url, context.resources.mailer)
    return mailed(outcome, "every_customer_alert_was_mailed", "ops.customer_alert_mails")


@dg.asset(
    key=SURVEYS,
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="success",
    owners=OWNERS,
    kinds={"python", "smtp"},
    check_specs=[dg.AssetCheckSpec("every_survey_was_mailed", asset=SURVEYS)],
    required_resource_keys={"warehouse", "mailer", "survey_links"},
)
def survey_mails(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One row per customer whose first event is two days old: its survey, mailed once. A mail server that is away is a warning."""
    warehouse: WarehouseUrl = context.resources.warehouse
    mailer: Mailer = context.resources.mailer
    links: SurveyLinks = context.resources.survey_links
    if mailer.smtp_url is not None:
        context.log.info(f"{queue_surveys(warehouse.url)} surveys are due")
    return mailed(send_surveys(warehouse.url, mailer, links), "every_survey_was_mailed", "ops.survey_mails")
