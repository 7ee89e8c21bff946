"""The truth files. One writer for all tenants, which are appended one after the other."""

import csv
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from simulation.clock import iso_day
from simulation.oracle.count import Count
from simulation.oracle.windows import WINDOWS

HEADERS = {
    "requests": (
        "tenant", "log_file", "line", "person", "listener_key", "episode_guid", "rejected_by", "countable_calendar",
        "countable_first_touch", "countable_last_touch",
    ),
    "downloads_daily": ("tenant", "show_id", "episode_guid", "day", "window", "downloads"),
    "host_downloads": ("tenant", "show_id", "episode_guid", "day", "source", "downloads"),
    "ads_delivered": ("tenant", "placement_id", "downloads"),
    "orders": (
        "tenant", "order_id", "message_id", "person", "ordered_at", "value_minor", "cause", "campaign_id", "evidence_kind",
        "evidence_campaign_id", "evidence_placement_id", "currency", "sponsor_id", "promo_code", "exposed_at", "is_delivered",
        "has_consent", "is_household_visible",
    ),
    "people": ("tenant", "person", "household"),
    "visits": (
        "tenant", "message_id", "person", "sponsor_id", "visited_at", "way", "campaign_id", "placement_id", "is_delivered",
    ),
    "fraud": (
        "tenant", "order_id", "message_id", "sponsor_id", "ordered_at", "value_minor", "currency", "kind", "is_fraud",
    ),
    "refunds": ("tenant", "order_id", "message_id", "refunded_at", "value_minor", "is_delivered"),
    "messages": ("tenant", "write_key", "message_id"),
    "lost": ("tenant", "write_key", "message_id", "event"),
    "quarantined": ("tenant", "source", "file", "line", "write_key", "message_id", "reason"),
    "users": ("tenant", "user_id", "registered_at", "first_campaign_at", "ttfv_s"),
    "campaigns": ("tenant", "campaign_id", "status", "is_flight_over", "is_completed", "final_report_at"),
    "friction": ("tenant", "kind", "step", "subject_id"),
    "lift": ("tenant", "campaign_id", "household_count", "orders", "caused_orders", "lift"),
    "saturation": (
        "tenant", "sponsor_id", "show_id", "max_weekly_conversions", "half_saturation_minor", "shape", "adstock_weekly",
        "season_amplitude", "reference_weekly_spend_minor", "response_ratio_at_reference",
    ),
}  # fmt: skip


class TruthFiles:
    """Open for all of `HEADERS`; leaving the `with` block closes them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files: list[TextIO] = []
        self._writers: dict[str, Any] = {}
        for name, header in HEADERS.items():
            file = (folder / f"{name}.csv").open("w", encoding="utf-8", newline="")
            self._files.append(file)
            self._writers[name] = csv.writer(file, lineterminator="\n")
            self._writers[name].writerow(header)

    def __enter__(self) -> "TruthFiles":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file in self._files:
            file.close()

    def append(self, folder: Path) -> None:
        """All rows of the truth in `folder`, a tenant's own, which is then gone."""
        for file, name in zip(self._files, HEADERS, strict=True):
            with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as part:
                part.readline()
                shutil.copyfileobj(part, file, 1 << 20)
        shutil.rmtree(folder)

    def write(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._writers[name].writerows(rows)

    def write_count(self, tenant: str, count: Count) -> None:
        """Requests in order of file and line, then the sums of them."""
        keys: dict[tuple[str, str], str] = {}
        self.write(
            "requests",
            (
                (
                    tenant, row.log_file, row.line, row.person, _listener_key(keys, row.household, row.agent),
                    row.episode.guid if row.episode else "", row.rejected_by, *(int(window in row.opens) for window in WINDOWS),
                )
                for row in count.rows
            ),
        )  # fmt: skip
        self.write("downloads_daily", ((tenant, *key[:2], iso_day(key[2]), key[3], n) for key, n in sorted(count.daily.items())))
        self.write("ads_delivered", ((tenant, placement, n) for placement, n in sorted(count.ads.items())))


def _listener_key(keys: dict[tuple[str, str], str], household: str, agent: str) -> str:
    key = keys.get((household, agent))
    if key is None:
        key = keys[household, agent] = hashlib.sha256(f"{household}\x1f{agent}".encode()).hexdigest()[:16]
    return key
