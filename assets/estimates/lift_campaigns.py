"""Lift of every campaign: households out of the published marts, studies into schema estimates, in one transaction.

PostgreSQL finds the households and counts equal ones; here is, at any time, one campaign's cells.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from assets.estimates.lift import MODEL_VERSION, Lift, Study, seed_of, study
from assets.estimates.lift_cells import Cells
from assets.estimates.published import published_build

# As lift_cohorts.sql counts them: weeks before and after, how many covariates, and how many of them are never given up.
FIRST_WEEK, LAST_WEEK, KEPT, COVARIATES = -4, 7, 5, 8
WEEKS = np.arange(FIRST_WEEK, LAST_WEEK + 1)
# The headline is the first four weeks together; the placebo as many before.
HEADLINE, PLACEBO = (0, 4), (FIRST_WEEK, 0)
SPANS = [*((week, week + 1) for week in range(LAST_WEEK + 1)), HEADLINE]
PLACEBOS = [*((week, week + 1) for week in range(FIRST_WEEK, 0)), PLACEBO]
COLUMNS = {
    "verdict": "verdict", "reason": "reason", "exposed": "exposed_count", "matched": "matched_count", "controls": "control_count",
    "exposed_conversions": "exposed_conversions", "control_conversions": "control_conversions", "detectable": "detectable_lift",
    "exposed_rate": "exposed_rate", "control_rate": "control_rate", "lift": "lift", "low": "lift_low", "high": "lift_high",
    "incremental": "incremental_conversions", "incremental_low": "incremental_low", "incremental_high": "incremental_high",
}  # fmt: skip
# Campaigns that have begun: of a draft nothing can have come.
CAMPAIGNS = """
select c.tenant_id, c.campaign_id, coalesce(l.design, 'matched')
from app.campaigns as c
left join lift_campaigns as l on c.tenant_id = l.tenant_id and c.campaign_id = l.campaign_id
where c.status not in ('draft', 'cancelled') and c.flight_start <= ops.build_as_of()::date
order by c.tenant_id, c.campaign_id
"""
CELLS = """
select tenant_id, campaign_id, is_exposed, weeks_before, weeks_after, covariates, conversions, households
from lift_cells
order by tenant_id, campaign_id, is_exposed, covariates, weeks_before, weeks_after, conversions
"""


@dataclass
class Measured:
    """What a run measured: studies by the verdict of their headline, and the build that they were read of."""

    build_id: UUID | None = None
    verdicts: Counter[str] = field(default_factory=Counter)
    households: int = 0
    splits: int = 0
    false_positives: int = 0


def measure_lift(url: str, run_id: str, tell: Callable[[str], None] = lambda _: None) -> Measured:
    """Study every campaign that has begun, and put the studies in the place of the last ones.

    `tell` hears of every headline without a number, with the reason. Raises NothingPublishedError before the first build.
    """
    done = Measured()
    with published_build(url) as (connection, build_id):
        done.build_id = build_id
        text = resources.files(__package__ or "assets.estimates").joinpath("lift_cohorts.sql").read_text("utf-8")
        connection.execute(text.encode())
        campaigns = {(row[0], row[1]): row[2] for row in connection.execute(CAMPAIGNS)}
        # Not truncated: that would make every build wait until the last study is done.
        connection.execute("delete from estimates.lift_studies")
        with psycopg.ServerCursor(connection, "cells") as cursor:
            rows = cursor.execute(CELLS)
            for key, of_one in itertools.groupby(rows, key=lambda row: (row[0], row[1])):
                design = campaigns.pop(key, None)
                if design is not None:
                    _study_one(connection, key, design, cells_of([row[2:] for row in of_one]), done, run_id, tell)
        for key, design in campaigns.items():
            _study_one(connection, key, design, cells_of([]), done, run_id, tell)
    return done


def _study_one(
    connection: psycopg.Connection[Any],
    key: tuple[int, UUID],
    design: str,
    cells: Cells,
    done: Measured,
    run_id: str,
    tell: Callable[[str], None],
) -> None:
    found = study(cells, SPANS, PLACEBOS, seed_of(*key))
    headline = found.lifts[-1]
    done.verdicts[headline.verdict] += 1
    done.households += round(float(cells.counts.sum()))
    done.splits += found.splits
    done.false_positives += found.false_positives
    if headline.verdict != "estimated":
        tell(f"tenant {key[0]}, campaign {key[1]}: {headline.verdict} ({headline.reason})")
    _write(connection, key, design, found, done.build_id, run_id)


def cells_of(rows: Sequence[tuple[Any, ...]]) -> Cells:
    """Rows of (is_exposed, weeks_before, weeks_after, covariates, conversions by week, households)."""
    before, after = (np.array([row[place] for row in rows], np.int64)[:, None] for place in (1, 2))
    return Cells(
        is_exposed=np.array([row[0] for row in rows], bool),
        covariates=np.array([row[3] for row in rows], np.int64).reshape(len(rows), COVARIATES),
        observed=np.where(WEEKS < 0, before >= -WEEKS, after > WEEKS).reshape(len(rows), len(WEEKS)),
        conversions=np.array([row[4] for row in rows], float).reshape(len(rows), len(WEEKS)),
        counts=np.array([row[5] for row in rows], float),
        first_week=FIRST_WEEK,
        kept=KEPT,
    )


def _write(
    connection: psycopg.Connection[Any], key: tuple[int, UUID], design: str, found: Study, build_id: UUID | None, run_id: str
) -> None:
    connection.execute(
        "insert into estimates.lift_studies (tenant_id, campaign_id, design, split_tests, split_tests_positive, model_version, "
        "seed, build_id, run_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [*key, design, found.splits, found.false_positives, MODEL_VERSION, found.seed, build_id, run_id],
    )
    names = ("tenant_id", "campaign_id", "week_from", "week_to", *COLUMNS.values())
    with connection.cursor() as cursor:
        cursor.executemany(
            f"insert into estimates.lift_spans ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})",  # noqa: S608 - constants
            [(*key, *lift.span, *_figures(lift)) for lift in (*found.lifts, *found.placebos)],
        )


def _figures(lift: Lift) -> list[Any]:
    return [getattr(lift, name) for name in COLUMNS]
