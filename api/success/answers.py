"""What a customer says of us: entered in a form, through the API or behind a survey's link; a technical issue is told on."""

from typing import Annotated, Self
from uuid import UUID

import psycopg
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entered, Entry
from api.database import Row, Writer
from api.errors import Problem
from api.success.models import FeedbackSource

INSERT = """
insert into app.customer_feedback (
    tenant_id, user_id, survey_id, nps_score, satisfaction_score, comment, is_technical_issue, source
)
values (
    ops.current_tenant_id(), %(user_id)s, %(survey_id)s, %(nps_score)s, %(satisfaction_score)s, %(comment)s, %(is_technical_issue)s,
    %(source)s
)
returning feedback_id
"""
ALERT = """
insert into ops.customer_alerts (tenant_id, kind, feedback_id)
values (ops.current_tenant_id(), 'technical_issue', %s)
returning alert_id
"""
CLOSE = """
update ops.customer_alerts set closed_at = now(), closed_by = %s
where alert_id = %s and kind = 'technical_issue' and closed_at is null
returning alert_id
"""
STATE = "select kind, closed_at from ops.customer_alerts where alert_id = %s"
SURVEY = """
select
    m.expires_at > now() as is_open,
    exists (select 1 from app.customer_feedback as f where f.survey_id = m.survey_id) as is_answered
from ops.survey_mails as m
where m.survey_id = %s
"""


class FeedbackEntry(Entry):
    """An answer: at least one of its scores or a comment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"nps_score": 9, "satisfaction_score": 8, "comment": "The export stops at 100 rows.", "is_technical_issue": True}
            ]
        },
    )

    nps_score: int | None = Field(None, ge=0, le=10, description="How likely is it that you recommend us? 0 to 10.")
    satisfaction_score: int | None = Field(None, ge=1, le=10, description="How satisfied are you? 1 to 10.")
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=r"^[^\x00]*$")] = ""
    is_technical_issue: bool = Field(False, description="The comment tells of something that does not work: opens an alert.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.nps_score is None and self.satisfaction_score is None and not self.comment:
            raise ValueError("found an empty answer, expected a score or a comment")
        if self.is_technical_issue and not self.comment:
            raise ValueError("found a technical issue without a comment, expected what does not work")
        return self


class Given(Entered):
    """What became of an answer."""

    feedback_id: UUID
    alert_id: UUID | None = Field(description="The alert to the operators that a technical issue opened.")


def give_feedback(
    c: Writer, who: Principal | None, entry: FeedbackEntry, source: FeedbackSource, survey_id: UUID | None = None
) -> Given:
    """Store an answer in a transaction of the customer's account. Raises `conflict` where the survey was answered already."""
    values = {**entry.model_dump(), "user_id": who.user_id if who else None, "survey_id": survey_id, "source": source}
    try:
        with c.transaction():
            made = c.execute(INSERT, values).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise Problem("conflict", "found an answer to this survey already, expected none: thank you, it was heard") from error
    assert made is not None  # noqa: S101  # an insert that returns
    opened = c.execute(ALERT, [made["feedback_id"]]).fetchone() if entry.is_technical_issue else None
    if who is not None:
        record_audit(c, who, "give_feedback", "customer_feedback", made["feedback_id"])
    return Given(feedback_id=made["feedback_id"], alert_id=opened["alert_id"] if opened else None)


def survey_state(c: Writer, survey_id: UUID) -> Row | None:
    """`is_open` and `is_answered` of a survey of this account, or None."""
    return c.execute(SURVEY, [survey_id]).fetchone()


def close_alert(c: Writer, who: Principal, alert_id: UUID) -> bool:
    """Whether the alert is of this account: a technical issue that stands is closed. Raises `conflict` for one that a build opens
    and closes by itself, and for one that is closed."""
    if c.execute(CLOSE, [who.user_id, alert_id]).fetchone() is not None:
        record_audit(c, who, "close_alert", "customer_alert", alert_id)
        return True
    row = c.execute(STATE, [alert_id]).fetchone()
    if row is not None and row["closed_at"] is None:
        raise Problem(
            "conflict", f"found an alert of {row['kind']}, expected a technical issue: it closes when the answers are better"
        )
    if row is not None:
        raise Problem("conflict", "found an alert that is closed, expected one that stands")
    return False
