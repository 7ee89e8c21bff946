"""What a schedule of reports is made of, what can be changed of it, and how it is told."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, EmailStr, Field, model_validator

from api.campaigns.accounts import Timezone
from api.campaigns.models import Entered, Entry
from api.mail.periods import Cadence

ScheduledKind = Literal["campaign", "network", "post_campaign"]
# A summary is of a period, which a campaign's end is not; a report after the flight has an end to be after.
KINDS_OF: Mapping[Cadence, tuple[ScheduledKind, ...]] = {
    "weekly": ("campaign", "network"), "monthly": ("campaign", "network"), "campaign_end": ("campaign", "post_campaign"),
}  # fmt: skip


def _each_once(kinds: list[ScheduledKind]) -> list[ScheduledKind]:
    return sorted(set(kinds))


Kinds = Annotated[
    list[ScheduledKind],
    Field(
        min_length=1,
        max_length=3,
        description="What each message carries: a report of each campaign; of a period also the sponsor's network summary; at a "
        "campaign's end also the report after the flight.",
    ),
    AfterValidator(_each_once),
]
Recipients = Annotated[list[EmailStr], Field(min_length=1, max_length=20)]
SendHour = Annotated[int, Field(ge=0, le=23, description="The hour of the day in `timezone`.")]
DaysAfterEnd = Annotated[
    int, Field(ge=0, le=180, description="Of `campaign_end`: so many days later than the day after the flight.")
]


def require_kinds(cadence: Cadence, kinds: Collection[ScheduledKind]) -> None:
    """Raises ValueError for a kind that a message of this cadence has no subject for."""
    strange = sorted(set(kinds) - set(KINDS_OF[cadence]))
    if strange:
        raise ValueError(
            f"found the kind {', '.join(strange)} in a {cadence} schedule, expected {' or '.join(KINDS_OF[cadence])}: a network "
            "summary is of a week or a month, a report after the flight goes out at a campaign's end"
        )


class ScheduleEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sponsor_id": "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10",
                    "cadence": "weekly",
                    "kinds": ["campaign", "network"],
                    "timezone": "Europe/Berlin",
                    "send_hour": 7,
                    "recipients": ["marketing@acme.com"],
                }
            ]
        }
    )

    sponsor_id: UUID
    cadence: Cadence = "weekly"
    kinds: Kinds = Field(default=["campaign"])
    timezone: Timezone = "UTC"
    send_hour: SendHour = 6
    days_after_end: DaysAfterEnd = 0
    recipients: Recipients
    is_active: bool = True

    @model_validator(mode="after")
    def _has_kinds_of_its_cadence(self) -> Self:
        require_kinds(self.cadence, self.kinds)
        return self


class ScheduleChange(Entry):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"send_hour": 8, "is_active": False}]})

    kinds: Kinds | None = None
    timezone: Timezone | None = None
    send_hour: SendHour | None = None
    days_after_end: DaysAfterEnd | None = None
    recipients: Recipients | None = None
    is_active: bool | None = Field(default=None, description="False pauses it: what falls due meanwhile is not sent afterwards.")


class Schedule(Entered):
    """One sponsor's reports by one cadence. The next period and its time are null while it is paused, and of `campaign_end`."""

    schedule_id: UUID
    sponsor_id: UUID
    cadence: Cadence
    kinds: list[ScheduledKind]
    timezone: str
    send_hour: int
    days_after_end: int
    recipients: list[str]
    is_active: bool
    active_since: datetime
    created_by: UUID | None
    created_at: datetime
    next_period_start: date | None
    next_send_at: datetime | None
