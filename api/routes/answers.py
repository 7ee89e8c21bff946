"""What many answers share: pages with a `Link`, and answers that need not be sent twice."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from api.auth.principals import Principal
from api.campaigns.paging import After, read_cursor, write_cursor
from api.marts.builds import current_build, read_version
from api.marts.keyset import Order, Slice, Window
from api.marts.models import Build, Paged
from api.marts.warehouse import Reader
from api.services import Services

BUILD_HEADER = "X-Hostread-Build"
LARGEST_PAGE = 200
Answer = TypeVar("Answer", bound=BaseModel)


class Page(BaseModel):
    """What every list has beside its items."""

    next_cursor: str | None = Field(description="Give it as `after` for the next page; null: this was the last.")


class PageRequest:
    """The query of a list: `after` and `limit`."""

    def __init__(
        self,
        request: Request,
        response: Response,
        after: Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=4_000)] = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items a page.")] = 50,
    ) -> None:
        self._request, self._response = request, response
        self.window = Window(after, limit)
        self.limit = limit

    @property
    def after(self) -> After:
        """The position in a list that is newest first by time and id."""
        return read_cursor(self.window.after)

    def of(self, items: Iterable[Any], order: Order) -> dict[str, Any]:
        """`items` and `next_cursor` of a list that is short by its nature and was read whole."""
        return self.show(order.cut(items, self.window))

    def show(self, found: Slice[Any]) -> dict[str, Any]:
        """`items` and `next_cursor` of a page that a query cut, its `Link` header set."""
        self.link(found.next_cursor)
        return {"items": found.items, "next_cursor": found.next_cursor}

    def cut(self, request: Request, response: Response, items: Sequence[Any], key: str, at: str = "created_at") -> str | None:
        """The cursor behind a full page, also as a `Link` header (RFC 8288); None where the items do not fill it."""
        if len(items) < self.limit:
            return None
        return link_next(request, response, write_cursor(getattr(items[-1], at), getattr(items[-1], key)), self.limit)

    def link(self, cursor: str | None) -> None:
        """The `Link` header of the next page, where there is one."""
        if cursor is not None:
            link_next(self._request, self._response, cursor, self.limit)


PageDep = Annotated[PageRequest, Depends(PageRequest)]


def link_next(request: Request, response: Response, cursor: str, limit: int) -> str:
    """The cursor, which the answer's `Link` header (RFC 8288) names too."""
    query = [(k, v) for k, v in request.query_params.multi_items() if k not in ("after", "limit")]
    response.headers["Link"] = f'<{request.url.path}?{urlencode([*query, ("limit", limit), ("after", cursor)])}>; rel="next"'
    return cursor


def read_marts(
    request: Request,
    response: Response,
    found: Services,
    principal: Principal,
    read: Callable[[Reader], Answer],
    *,
    live: bool = False,
    page: PageRequest | None = None,
) -> Answer | Response:
    """Answer from one snapshot of the marts, with the build in a header and an ETag; 304 where the client has it already. The next
    page of a list that is read in pages is named by the `Link` header.

    The ETag holds the build, what people entered, the day and, for live answers, the tail's position; the question and who
    asks are part of it, so that one person's answer is never another's.
    """
    with found.warehouse.tenant(principal.tenant_id) as c:
        build = current_build(c)
        etag = _etag(request, principal, read_version(c, build, live=live))
        headers = {
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Vary": "Authorization, Cookie",
            BUILD_HEADER: str(build.build_id),
        }
        if is_known(request, etag):
            return Response(status_code=304, headers=headers)
        answer = read(c)
    response.headers.update(headers)
    if page is not None and isinstance(answer, Paged):
        page.link(answer.next_cursor)
    return answer


def is_known(request: Request, etag: str) -> bool:
    """Whether If-None-Match names this ETag (RFC 9110: weak comparison)."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in known or known == ["*"]


def _etag(request: Request, principal: Principal, version: str) -> str:
    asked = (principal.tenant_id, principal.sees_sponsor, request.url.path, sorted(request.query_params.multi_items()))
    return f'W/"{hashlib.sha256(f"{asked}|{version}".encode()).hexdigest()[:32]}"'


class BuildAnswer(BaseModel):
    """The build that is served; null before the first."""

    build: Build | None
