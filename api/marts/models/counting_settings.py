"""The counting rules that are settings: what they are, what OP3's variant of each is, and what an account has chosen."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.marts.models.base import Shape

Variant = Literal["deployment", "op3"]
# The largest that a limit can be: OP3 has none.
NO_LIMIT = 1_000_000


@dataclass(frozen=True)
class Setting:
    """One setting: its standard is that of the domain rules, section 1; `op3` that of OP3's published download calculation."""

    name: str
    label: str
    text: str
    standard: int | bool
    op3: int | bool


SETTINGS = (
    Setting("volume_episodes_per_hour", "Episodes an hour", "Distinct episodes from one address that are believed in a UTC hour.",
            30, NO_LIMIT),
    Setting("volume_episodes_per_day", "Episodes a day", "Distinct episodes from one address that are believed in a UTC day.",
            300, NO_LIMIT),
    Setting("rejects_datacenters", "Data centres", "Whether an address of a data centre or a VPN rejects a request.", True, False),
    Setting("threshold_seconds", "Seconds of audio", "Seconds of audio that make a download; at 0 any byte does.", 60, 0),
    Setting("key_has_referer", "Referer", "Whether one listener that comes from two pages is two.", False, True),
    Setting("counts_lone_probes", "Lone probes",
            "Whether a prefix's two-byte request with nothing larger behind it is a download.", False, True),
)  # fmt: skip


class SettingValues(BaseModel):
    """One value for each setting; null: the deployment's."""

    volume_episodes_per_hour: int | None
    volume_episodes_per_day: int | None
    rejects_datacenters: bool | None
    threshold_seconds: int | None
    key_has_referer: bool | None
    counts_lone_probes: bool | None


class CountingSetting(Shape):
    """One rule that is a setting."""

    name: str
    text: str
    value: bool | int = Field(description="What rules today.")
    is_own: bool = Field(description="Whether the account chose it; else it is the deployment's.")
    deployment: bool | int
    op3: bool | int = Field(description="OP3's variant of the rule.")


class CountingChange(Shape):
    """One change of an account's rules: they hold from a UTC day on, until a later change."""

    change_number: int
    from_day: date
    changed_at: datetime
    changed_by: str
    reason: str
    values: SettingValues
    is_built: bool = Field(description="Whether a published build has counted by it.")


class CountingSettings(Shape):
    """The rules that are settings, and every change of them, newest first."""

    settings: list[CountingSetting]
    changes: list[CountingChange]
