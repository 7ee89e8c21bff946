"""One tenant's truth: every row judged, every download of every window, every ad delivered."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulation.model import Placement, Show
from simulation.oracle.ads import delivers
from simulation.oracle.read import Row
from simulation.oracle.windows import DAY_MS, WINDOWS, Download, judge, split

HOUR_MS = 60 * 60 * 1_000
EPISODES_AN_HOUR = 30
EPISODES_A_DAY = 300


@dataclass(slots=True)
class Count:
    """`daily` by (show, episode GUID, day, window), `ads` by placement; `downloads` are the valid ones of `first_touch`."""

    rows: list[Row]
    daily: Counter[tuple[str, str, int, str]] = field(default_factory=Counter)
    ads: Counter[str] = field(default_factory=Counter)
    downloads: list[Download] = field(default_factory=list)


def count_tenant(rows: list[Row], shows: tuple[Show, ...], placements: Iterable[Placement]) -> Count:
    """Judge and count all rows of one tenant. `rows` keep the verdicts: `rejected_by`, and the windows that they open."""
    reject_volume(rows)
    keys: defaultdict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.rejected_by and row.episode is None:
            row.rejected_by = "unknown_episode"
        if not row.rejected_by and row.episode is not None:
            keys[row.household, row.agent, row.show.show_id, row.episode.guid].append(row)
    booked: defaultdict[str, list[Placement]] = defaultdict(list)
    for placement in placements:
        booked[shows[placement.show].show_id].append(placement)
    count = Count(rows)
    for (_, _, show_id, guid), members in keys.items():
        members.sort(key=lambda row: (row.at, row.line))
        for window in WINDOWS:
            for part in split(members, window):
                download = judge(part, window)
                if not download.is_valid:
                    continue
                part[0].opens.add(window)
                count.daily[show_id, guid, part[0].at // DAY_MS, window] += 1
                if window == "first_touch":
                    count.downloads.append(download)
                    for placement in booked[show_id]:
                        if delivers(download, placement, part[0].show):
                            count.ads[placement.placement_id] += 1
    return count


def reject_volume(rows: list[Row]) -> None:
    """Rule `volume`: over 30 distinct episodes in a UTC hour, or 300 in a UTC day, from one household: all of that hour or day."""
    for length, limit in ((HOUR_MS, EPISODES_AN_HOUR), (DAY_MS, EPISODES_A_DAY)):
        seen: defaultdict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
        for row in rows:
            if row.rejected_by in ("", "volume") and row.episode is not None:
                seen[row.household, row.at // length].add((row.show.show_id, row.episode.guid))
        for row in rows:
            if not row.rejected_by and len(seen.get((row.household, row.at // length), ())) > limit:
                row.rejected_by = "volume"
