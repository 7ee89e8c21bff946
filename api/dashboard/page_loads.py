"""What a page says of how long it took to load: of a signed-in person, from our own page, about one of our own pages."""

import time
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field, ValidationError
from starlette.routing import Match, Route

from api.dashboard.submissions import first_fault
from api.errors import Problem

LARGEST_BODY = 2_000
# A person who opens a page a second reads none of them: more would be a script that wants to move the figures.
MOST_A_MINUTE = 60
MOST_SESSIONS = 10_000


class PageLoad(BaseModel):
    """One load: where, and the milliseconds from the click to the end of the load event."""

    path: Annotated[str, Field(max_length=500, pattern=r"^/[^\x00]*$")]
    ms: Annotated[float, Field(gt=0, le=600_000, allow_inf_nan=False)]
    csrf_token: Annotated[str, Field(max_length=500)]


class Allowance:
    """Loads that one session may tell of in a minute; used by one event loop alone."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[object, int] = {}

    def take(self, session: object) -> bool:
        """Whether this one still counts."""
        minute = int(time.time() // 60)
        if minute != self._minute or len(self._counts) >= MOST_SESSIONS:
            self._minute, self._counts = minute, {}
        self._counts[session] = self._counts.get(session, 0) + 1
        return self._counts[session] <= MOST_A_MINUTE


async def read_load(request: Request) -> PageLoad:
    """The body; raises `csrf` for one of another site, `too-large` and `invalid`."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Problem("csrf", "found a page load told by another site, expected one of this dashboard: nothing to do")
    body = await request.body()
    if len(body) > LARGEST_BODY:
        raise Problem("too-large", f"found {len(body)} bytes, expected at most {LARGEST_BODY}: say path, ms and csrf_token")
    try:
        return PageLoad.model_validate_json(body)
    except ValidationError as error:
        raise Problem("invalid", f"found a page load that cannot be: {first_fault(error)}: say path, ms and csrf_token") from error


def page_of(request: Request, path: str) -> str | None:
    """The template of the dashboard's page at a path, or None: what is kept holds no id, and nothing that a browser made up."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    for route in request.app.state.page_routes:
        if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
            return route.path
    return None
