"""Render what a run prepared, here or by whichever worker has claimed it first."""

import time
from collections.abc import Sequence
from uuid import UUID

from api.reports.worker import render_next
from assets.delivery.queue import Prepared, enter
from assets.lib.warehouse import connect

WAIT_S = 120.0


def render_prepared(url: str, prepared: Sequence[Prepared], wait_s: float = WAIT_S) -> dict[UUID, tuple[str, str | None]]:
    """(status, error) of each prepared report, after the queue was worked off and what others render has ended."""
    while render_next(url):
        pass
    deadline = time.monotonic() + wait_s
    while True:
        states = read_states(url, prepared)
        if all(status not in ("requested", "running") for status, _ in states.values()) or time.monotonic() > deadline:
            return states
        if not render_next(url):
            time.sleep(0.2)


def read_states(url: str, prepared: Sequence[Prepared]) -> dict[UUID, tuple[str, str | None]]:
    states: dict[UUID, tuple[str, str | None]] = {}
    with connect(url, "app", autocommit=True) as app:
        for one in prepared:
            if one.report_id is None:
                continue
            with app.transaction():
                enter(app, one.tenant_id)
                row = app.execute("select status, error from app.reports where report_id = %s", [one.report_id]).fetchone()
            if row:
                states[one.report_id] = (row[0], row[1])
    return states
