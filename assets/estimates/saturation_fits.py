"""Saturation of every tenant on one day: what changed is fitted in one call, and fits and advice are written in one transaction.

Fits are kept by day. A group of channels whose weeks, margin and limits are as at its last fit is left alone: the last one stands.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from assets.estimates.published import NothingPublishedError, published_build
from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import Fit, Settings
from assets.estimates.saturation_panel import Channel, Group, by_group, input_hash, read_channels, to_panel
from assets.estimates.saturation_rows import (
    FIT_COLUMNS,
    MOVE_COLUMNS,
    REALLOCATION_COLUMNS,
    WINDOW_COLUMNS,
    Provenance,
    fit_row,
    reallocation_rows,
    refused_row,
    window_rows,
)
from assets.lib.copy import copy_rows
from assets.lib.warehouse import connect

# Every random draw of a run comes of it and of the channel's own name.
SEED = 20_260_101
# A fit is looked back at for a year; the curves of older ones are not.
KEPT_DAYS = 400
LOCK = "saturation fits"
NEVER = (b"", 0.0)

LAST = """
select distinct on (tenant_id, sponsor_id, basis, currency, show_id)
    tenant_id, sponsor_id, basis, currency, show_id, input_hash, reference_minor
from estimates.saturation_fits
where fit_day <= %s
order by tenant_id, sponsor_id, basis, currency, show_id, fit_day desc
"""
FORGET = """
delete from estimates.{table} as f
where f.fit_day < %s::date - %s and exists (
    select 1 from estimates.{table} as n
    where
        n.tenant_id = f.tenant_id and n.sponsor_id = f.sponsor_id and n.basis = f.basis and n.currency = f.currency
        and n.fit_day > f.fit_day
)
"""


@dataclass
class Fitted:
    """What a run fitted: channels by verdict, those left as they were, and the build that they were read of."""

    build_id: UUID | None = None
    fitted: int = 0
    unchanged: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)


def fit_saturation(url: str, day: date, run_id: str, settings: Settings | None = None) -> Fitted:
    """Fit what changed of the weeks that were over before `day` (UTC); a day that is fitted again replaces its own fits alone.

    Raises NothingPublishedError before the first build.
    """
    settings = settings or Settings()
    done = Fitted()
    # Read and let go: a fit takes a minute, and no build is to wait for it.
    with published_build(url) as (connection, done.build_id):
        if connection.execute("select to_regclass('marts.saturation_weeks')").fetchone() == (None,):
            raise NothingPublishedError("found no published build with spend by week, expected one: run `hostread build` first")
        groups = [(group, members, input_hash(members, settings)) for group, members in by_group(read_channels(connection, day))]
        known = {tuple(row[:5]): (bytes(row[5]), row[6]) for row in connection.execute(LAST, [day])}
    changed = [
        (group, members, digest)
        for group, members, digest in groups
        if any(known.get((*group, channel.show_id), NEVER)[0] != digest for channel in members)
    ]
    channels = [channel for _, members, _ in changed for channel in members]
    done.fitted, done.unchanged = len(channels), sum(len(members) for _, members, _ in groups) - len(channels)
    if not channels:
        return done
    able = [channel for channel in channels if not channel.refusal]
    references = {channel.key: known.get((*channel.group, channel.show_id), NEVER)[1] for channel in able}
    fits = {found.key: found for found in fit(to_panel(able, references), settings, SEED)} if able else {}
    digests = {group: digest for group, _, digest in changed}
    with connect(url, "transform") as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        _clear(connection, day, list(digests))
        _write_fits(connection, channels, fits, digests, Provenance(day, done.build_id, run_id))
        _write_advice(connection, changed, fits, day)
        for table in ("saturation_fits", "budget_reallocations"):
            connection.execute(FORGET.format(table=table).encode(), [day, KEPT_DAYS])
    done.verdicts.update(fits[channel.key].verdict if channel.key in fits else "not_identifiable" for channel in channels)
    return done


def _clear(connection: psycopg.Connection[Any], day: date, groups: Sequence[Group]) -> None:
    with connection.cursor() as cursor:
        for table in ("saturation_fits", "budget_reallocations"):
            cursor.executemany(
                f"delete from estimates.{table} where fit_day = %s and tenant_id = %s and sponsor_id = %s and basis = %s "  # noqa: S608
                "and currency = %s",
                [(day, *group) for group in groups],
            )


def _write_fits(
    connection: psycopg.Connection[Any],
    channels: Sequence[Channel],
    fits: dict[str, Fit],
    digests: dict[Group, bytes],
    of: Provenance,
) -> None:
    copy_rows(
        connection, "estimates.saturation_fits", FIT_COLUMNS,
        [
            fit_row(channel, fits[channel.key], digests[channel.group], of)
            if channel.key in fits
            else refused_row(channel, digests[channel.group], of, SEED)
            for channel in channels
        ],
    )  # fmt: skip
    copy_rows(
        connection, "estimates.saturation_windows", WINDOW_COLUMNS,
        [row for channel in channels if channel.key in fits for row in window_rows(channel, fits[channel.key], of.day)],
    )  # fmt: skip


def _write_advice(
    connection: psycopg.Connection[Any],
    changed: Sequence[tuple[Group, list[Channel], bytes]],
    fits: dict[str, Fit],
    day: date,
) -> None:
    rows = [reallocation_rows(members, fits, day, SEED) for _, members, _ in changed]
    copy_rows(connection, "estimates.budget_reallocations", REALLOCATION_COLUMNS, [row for row, _ in rows if row])
    copy_rows(connection, "estimates.budget_moves", MOVE_COLUMNS, [move for _, moves in rows for move in moves])
