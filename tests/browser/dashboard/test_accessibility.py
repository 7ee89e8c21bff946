"""Every page of the dashboard before axe-core, on a desk in light and on a phone in dark: no serious fault and no complaint.

The pages are those that the application serves: a new one is looked at without being named here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from api.dashboard.router import PAGES

pytestmark = [pytest.mark.browser]

AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
NAMED = {
    "campaign_id": "c0000000-0000-4000-8000-000000000001",
    "show_id": "b0000000-0000-4000-8000-000000000001",
    "site_id": "e0000000-0000-4000-8000-000000000001",
}
SERIOUS = ("serious", "critical")
# Asked without their token or their period, these pages say what is missing; every other one is to be there.
WANT_MORE = {"/join", "/reports/preview", "/survey"}


def paths(routes: Any) -> Iterator[str]:
    """The path of every page; not of files and pictures, told by their last part, nor of a letter's link, told by its token."""
    for route in routes:
        if inner := getattr(route, "original_router", None):
            yield from paths(inner.routes)
        elif "GET" in route.methods and not route.path.endswith((".svg", "{file_format}", "{token}")):
            yield route.path


@pytest.fixture
def pages(visit: Any) -> Iterator[list[str]]:
    """Every page's address on the test's network, for somebody who is an operator too. A page of a new kind of id fails here."""
    with psycopg.connect(visit.site.database_url, autocommit=True) as connection:
        connection.execute("insert into ops.operators (email) select email from app.logins on conflict do nothing")
        connection.execute(
            "insert into app.report_schedules (tenant_id, sponsor_id, recipients) "
            "select tenant_id, sponsor_id, '{kim@sponsor.example}' from app.campaigns where campaign_id = %s "
            "on conflict do nothing",
            [NAMED["campaign_id"]],
        )
        ids = connection.execute(
            "select a.conversion_id, s.schedule_id, t.customer_id from marts.attribution_credits as a, app.report_schedules as s, "
            "app.tenants as t where t.tenant_id = %s limit 1",
            [visit.site.tenant_id],
        ).fetchone()
        assert ids is not None
        values = {**NAMED, **dict(zip(("conversion_id", "schedule_id", "customer_id"), map(str, ids), strict=True))}
        yield sorted({path.format_map(values) for module in PAGES for path in paths(module.router.routes)})
        connection.execute("delete from ops.operators")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_has_a_serious_fault(visit: Any, pages: list[str], scheme: str, width: int) -> None:
    """Contrast, names, roles, order of headings: what a person with a screen reader or poor sight meets first."""
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.sign_in()
    refused: set[str] = set()
    visit.page.on("response", lambda answer: refused.add(urlsplit(answer.url).path) if answer.status >= 400 else None)
    axe, faults = AXE.read_text("utf-8"), []
    for path in pages:
        answer = visit.page.goto(f"{visit.site.base_url}{path}")
        assert answer is not None and answer.status < 500, path
        if not visit.page.title():
            continue  # a part of a page, or a file
        visit.wait_for_charts()
        visit.page.evaluate(axe)
        result = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        faults += [
            f"{path}: {fault['id']} ({fault['impact']}), {len(fault['nodes'])} times: {fault['nodes'][0]['html'][:160]} "
            f"{fault['nodes'][0]['any'][:1]}"
            for fault in result["violations"]
            if fault["impact"] in SERIOUS
        ]
    assert not faults, "\n".join(faults)
    # A part opened alone names no icon, and the browser asks for one by itself.
    assert refused - {"/favicon.ico"} == WANT_MORE
    assert [said for said in visit.complaints if not said.startswith("Failed to load resource")] == []
