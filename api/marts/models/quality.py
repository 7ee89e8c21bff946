"""How far counts can be trusted: reconciliation, anomalies, the lists that judged and the method statement."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Paged, Shape
from api.marts.models.own_models import StatedModel

Verdict = Literal["within_5_percent", "explained", "unexplained", "missing_source", "not_comparable"]
AnomalyKind = Literal["spike", "drop", "household_dominates", "agent_dominates", "impossible_completion"]
CAUSES = ("time_zone", "late_data", "window", "threshold", "bots", "geography", "missing_source", "unexplained")


class GapCauses(Shape):
    """The gap between two counts, split; null: this cause cannot be measured between them, which is not zero."""

    time_zone: int | None
    late_data: int | None
    window: int | None
    threshold: int | None
    bots: int | None
    geography: int | None
    missing_source: int | None
    unexplained: int | None = Field(description="What the measured causes leave.")


class ReconciliationDay(Shape):
    """One day of one pair of sources, over the show's episodes."""

    day: date
    count_a: int
    count_b: int
    gap: int
    causes: GapCauses


class ReconciliationEpisode(Shape):
    """One episode of one pair of sources, over the days asked for."""

    episode_guid: str
    title: str | None
    count_a: int
    count_b: int
    gap: int
    gap_rate: float
    verdict: Verdict = Field(description="Over the days asked for, by the same rule as a day's.")
    causes: GapCauses


class ReconciliationPair(Shape):
    """Two sources of one show: their sums, the gap and its causes, by day and by episode."""

    source_a: str = Field(description="`logs`: our own count, first_touch.")
    source_b: str
    count_a: int
    count_b: int
    gap: int
    gap_rate: float = Field(description="The gap's size beside the larger sum, 0 to 1; two certified counts may differ by 0.05.")
    verdict: Verdict
    causes: GapCauses
    time_zone: str | None = Field(description="The host's own days.")
    host_window: str | None = Field(description="Inferred: the window under which our requests come nearest to the host's figures.")
    host_has_threshold: bool | None = Field(description="Inferred: whether the host asks for a minute of audio.")
    host_filters_bots: bool | None = Field(description="Inferred: whether the host leaves bots and data centres out.")
    daily: list[ReconciliationDay]
    episodes: list[ReconciliationEpisode]


class OtherMetric(Shape):
    """What another source counts that is no download: shown beside ours, never set off."""

    source: str
    metric: str
    value: int
    downloads: int = Field(description="Ours of the same episodes and days.")


class Reconciliation(Shape):
    """One show's counts by every source, pair by pair."""

    build: Build
    show_id: UUID
    show_title: str
    pairs: list[ReconciliationPair]
    other_metrics: list[OtherMetric]


class Anomaly(Shape):
    """One show, UTC day and kind: what was seen, what the days before let expect, and whether a decision excludes it."""

    show_id: UUID
    show_title: str
    day: date
    kind: AnomalyKind
    observed: float | None
    expected: float | None
    score: float | None = Field(description="Robust standard deviations between them; null: a contradiction needs none.")
    downloads: int
    baseline_days: int
    user_agent: str | None
    household: str | None = Field(description="The household's keyed hash, hexadecimal: nobody's address.")
    explanation: str
    is_excluded: bool
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


class Anomalies(Paged):
    """The anomalies of an account's shows, newest first."""

    build: Build
    items: list[Anomaly]


class ListPart(Shape):
    """One document that a version of a list was composed of."""

    source: str
    version: str
    origin: str
    date: str | None
    entries: int
    stale_entries: int = 0


class ListVersion(Shape):
    """One version of a list of agents or address ranges."""

    list_name: str
    version: str
    entries: int
    loaded_at: datetime
    is_newest: bool
    parts: list[ListPart]


class ListSourceState(Shape):
    """One publisher: when it was read last, and what is wrong where it was not."""

    source: str
    list_name: str
    url: str | None
    last_success_at: datetime | None
    last_error: str | None
    held: str | None = Field(description="Why its newest document is not used.")


class Lists(Shape):
    """What judges agents and addresses now, and where it comes from."""

    versions: list[ListVersion]
    sources: list[ListSourceState]


class RecountRow(Shape):
    """One recount: days judged again by a version of a list, who asked, and what was counted before and after."""

    recount_id: UUID
    list: str
    from_day: date
    to_day: date
    reason: str
    asked_by: str
    asked_at: datetime
    judged_at: datetime | None
    finished_at: datetime | None
    failed_reason: str | None
    requests_changed: int | None
    requests_not_judgeable: int | None
    counted_before: dict[str, int] | None
    counted_after: dict[str, int] | None


class Method(Shape):
    """How downloads are counted, as the newest build counted them."""

    statement_version: str
    stated_at: datetime
    statement: dict[str, Any]
    own_settings: list[str] = Field(description="The settings of the statement that the account chose itself.")
    own_models: list[StatedModel] = Field(
        default=[], description="The account's own attribution models, as the build credits by them."
    )
