"""Data-driven attribution of every tenant: paths out of the published marts, fits into schema estimates, in one transaction.

PostgreSQL makes the paths and counts equal ones; here is, at any time, one sponsor's distinct paths at one granularity.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from assets.estimates.journeys import Journeys, merged
from assets.estimates.published import NothingPublishedError as NothingPublishedError
from assets.estimates.published import published_build
from assets.estimates.verdicts import MODEL_VERSION, Fit, fit, seed_of

MODELS = ("markov", "shapley")
# What each pass over the touches gives; the sponsor's other channels are touches of the second alone.
PODCAST, ELSEWHERE = ("show", "episode", "placement", "position"), ("channel",)
PLACE_COLUMNS = ("campaign_id", "placement_id", "show_id", "episode_guid")
BATCH = 50_000

Scope = tuple[int, UUID, str]


@dataclass
class Fitted:
    """What a run fitted: how many fits by verdict, journeys read, and the build that they were read of."""

    build_id: UUID | None = None
    verdicts: Counter[str] = field(default_factory=Counter)
    journeys: int = 0
    channels: int = 0


@dataclass(frozen=True)
class Channel:
    """One channel of a scope: its name, and what all of its places have in common."""

    name: str
    places: Mapping[str, Any]


def fit_attribution(url: str, run_id: str, tell: Callable[[str], None] = lambda _: None) -> Fitted:
    """Fit every tenant, sponsor, goal and granularity that its tenant asks for, and put the fits in the place of the last ones.

    `tell` hears of every scope that was refused, with the reason. Raises NothingPublishedError before the first build.
    """
    done = Fitted()
    with published_build(url) as (connection, build_id):
        done.build_id = build_id
        # Not truncated: that would make every build wait until the last fit is done.
        connection.execute("delete from estimates.attribution_channels")
        connection.execute("delete from estimates.attribution_fits")
        _run(connection, "journeys.sql")
        for preparation, granularities in ((None, PODCAST), ("visits_elsewhere.sql", ELSEWHERE)):
            if preparation:
                _run(connection, preparation)
            _run(connection, "paths.sql")
            for granularity in granularities:
                _fit_granularity(connection, granularity, run_id, done, tell)
    return done


def _fit_granularity(
    connection: psycopg.Connection[Any], granularity: str, run_id: str, done: Fitted, tell: Callable[[str], None]
) -> None:
    channels = _channels(connection, granularity)
    collapsing = {
        row[0]: row[1]
        for row in connection.execute(
            "select t.tenant_id, coalesce(s.collapses_repeats, false) from app.tenants as t "
            "left join app.attribution_settings as s on t.tenant_id = s.tenant_id "
            "where s.tenant_id is null or %s = any(s.data_driven_granularities)",
            [granularity],
        )
    }
    for scope, rows in itertools.groupby(_paths(connection, granularity), key=lambda row: row[:3]):
        if scope[0] not in collapsing:
            continue
        journeys = _journeys([row[3:] for row in rows], len(channels[scope]), collapses=collapsing[scope[0]])
        done.journeys += int(journeys.converted.sum() + journeys.lost.sum())
        met = _met(journeys)
        for model in MODELS:
            found = fit(journeys, model, seed_of(*scope, granularity, model))
            done.verdicts[found.verdict] += 1
            if found.verdict != "estimated":
                tell(f"tenant {scope[0]}, sponsor {scope[1]}, {scope[2]}, {granularity}, {model}: {found.reason}")
            key = (*scope, granularity, model)
            _write_fit(connection, key, found, journeys, done.build_id, run_id)
            done.channels += _write_channels(connection, key, found, channels[scope], met)


def _run(connection: psycopg.Connection[Any], name: str) -> None:
    # Without parameters a text of several statements goes to the server as it is.
    connection.execute(resources.files(__package__ or "assets.estimates").joinpath(name).read_text("utf-8"))


def _channels(connection: psycopg.Connection[Any], granularity: str) -> dict[Scope, list[Channel]]:
    """The channels of each scope in the order of their codes; a place's column is None where the channel has several."""
    common = sql.SQL(", ").join(
        sql.SQL("case when count(distinct {0}) = 1 and count({0}) = count(*) then min({0}::text) end as {0}").format(
            sql.Identifier(c)
        )
        for c in PLACE_COLUMNS
    )
    query = sql.SQL(
        "select tenant_id, sponsor_id, goal_kind, {name} as channel, {common} from journey_places "
        "group by tenant_id, sponsor_id, goal_kind, {name}, {code} order by tenant_id, sponsor_id, goal_kind, {code}"
    ).format(name=sql.Identifier(f"{granularity}_channel"), code=sql.Identifier(f"{granularity}_code"), common=common)
    found: dict[Scope, list[Channel]] = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query):
            scope = (row["tenant_id"], row["sponsor_id"], row["goal_kind"])
            found[scope].append(Channel(row["channel"], {c: row[c] for c in PLACE_COLUMNS}))
    return found


def _paths(connection: psycopg.Connection[Any], granularity: str) -> Iterator[tuple[Any, ...]]:
    """Distinct paths with their counts, a scope after the other, through a cursor of the server's."""
    query = sql.SQL(
        "select tenant_id, sponsor_id, goal_kind, {path}, "
        "count(*) filter (where is_converted), count(*) filter (where not is_converted) from journeys "
        "group by tenant_id, sponsor_id, goal_kind, {path} order by tenant_id, sponsor_id, goal_kind"
    ).format(path=sql.Identifier(f"{granularity}_path"))
    with psycopg.ServerCursor(connection, "paths") as cursor:
        cursor.itersize = BATCH
        cursor.execute(query, binary=True)
        yield from cursor


def _journeys(rows: Sequence[tuple[bytes, int, int]], channels: int, *, collapses: bool) -> Journeys:
    codes = np.frombuffer(b"".join(path for path, _, _ in rows), dtype=">i4").astype(np.int64)
    lengths = np.fromiter((len(path) // 4 for path, _, _ in rows), np.int64, len(rows))
    if collapses:
        kept = np.ones(len(codes), bool)
        kept[1:] = codes[1:] != codes[:-1]
        kept[np.concatenate([[0], np.cumsum(lengths)[:-1]])] = True
        lengths = np.bincount(np.repeat(np.arange(len(rows)), lengths), kept, len(rows)).astype(np.int64)
        codes = codes[kept]
    won = np.fromiter((row[1] for row in rows), np.int64, len(rows))
    lost = np.fromiter((row[2] for row in rows), np.int64, len(rows))
    return merged(Journeys(codes, np.concatenate([[0], np.cumsum(lengths)]), won, lost, channels))


def _met(journeys: Journeys) -> list[tuple[int, int]]:
    """(converted, lost) journeys that met each channel, however often."""
    pairs = np.unique(journeys.path_of_touch * journeys.channels + journeys.codes)
    paths, codes = pairs // journeys.channels, pairs % journeys.channels
    won = np.bincount(codes, journeys.converted[paths], journeys.channels)
    lost = np.bincount(codes, journeys.lost[paths], journeys.channels)
    return [(int(w), int(n)) for w, n in zip(won, lost, strict=True)]


def _write_fit(
    connection: psycopg.Connection[Any], key: tuple[Any, ...], found: Fit, journeys: Journeys, build_id: UUID | None, run_id: str
) -> None:
    values = (
        *key, found.verdict, found.reason, MODEL_VERSION, found.seed, found.markov_order, *found.likelihoods, found.is_exact,
        found.sampled_orders, found.replicates, journeys.channels, len(journeys.converted), int(journeys.converted.sum()),
        int(journeys.lost.sum()), build_id, run_id,
    )  # fmt: skip
    connection.execute(
        "insert into estimates.attribution_fits (tenant_id, sponsor_id, goal_kind, granularity, model, verdict, reason, "
        "model_version, seed, markov_order, likelihood_order_1, likelihood_order_2, is_exact, sampled_orders, replicates, "
        "channel_count, path_count, converted_count, lost_count, build_id, run_id) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        values,
    )


def _write_channels(
    connection: psycopg.Connection[Any],
    key: tuple[Any, ...],
    found: Fit,
    channels: Sequence[Channel],
    met: Sequence[tuple[int, int]],
) -> int:
    """One row a channel; of channels that cannot be told apart one more, which holds what they share."""
    rows = []
    for group in range(int(found.groups.max(initial=-1)) + 1):
        members = np.flatnonzero(found.groups == group).tolist()
        figures = _figures(found, group)
        joint = None if len(members) == 1 or found.shares is None else f"joint:{channels[members[0]].name}"
        for code in members:
            channel = channels[code]
            own = ("not_identifiable", *[None] * 5) if joint else figures
            rows.append((*key, channel.name, *channel.places.values(), joint, *own, *met[code]))
        if joint:
            places = [channels[code].places for code in members]
            shared = [values.pop() if len(values := {p[c] for p in places}) == 1 else None for c in PLACE_COLUMNS]
            rows.append((*key, joint, *shared, None, *figures, *met[members[0]]))
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy estimates.attribution_channels (tenant_id, sponsor_id, goal_kind, granularity, model, channel, campaign_id, "
            "placement_id, show_id, episode_guid, joint_channel, verdict, effect, share, share_low, share_high, share_error, "
            "converted_count, lost_count) from stdin"
        ) as copy,
    ):
        for row in rows:
            copy.write_row(row)
    return len(rows)


def _figures(found: Fit, group: int) -> tuple[Any, ...]:
    columns = (found.effects, found.shares, found.low, found.high, found.errors)
    return (found.verdict, *(None if column is None else float(column[group]) for column in columns))
