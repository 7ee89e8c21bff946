"""Every figure explained: as data, and as a page."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep
from api.contract.figures import Figure, figures
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep
from api.routes.docs import render

router = APIRouter()


class FigurePage(Page):
    """Figures, by name."""

    items: list[Figure]


@router.get("/v1/figures", tags=["metrics"], operation_id="metrics_figures", summary="Explain every figure")
def get_figures(
    principal: PrincipalDep,
    page: PageDep,
    request: Request,
    name: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,60}$", description="Only figures of this name.")] = None,
    operation: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,60}$", description="Only figures of this operation.")] = None,
) -> FigurePage:
    """One row per figure of any answer: its name, unit, definition, the marts behind it, and the operations that answer it."""
    found = [
        one for one in _all(request)
        if (name is None or one.name == name) and (operation is None or operation in one.operations)
    ]  # fmt: skip
    return FigurePage(**page.of(found, Order("figure text")))


@router.get("/docs/figures", include_in_schema=False)
def get_page(request: Request) -> Response:
    """The same as a page, without any script."""
    return Response(render("figures.html", figures=_all(request)), media_type="text/html")


def _all(request: Request) -> tuple[Figure, ...]:
    """Read from the document once a process: the code alone is in it, and to walk through it takes 0.4 s."""
    state = request.app.state
    if not hasattr(state, "figures"):
        state.figures = tuple(figures(request.app.openapi()))
    found: tuple[Figure, ...] = state.figures
    return found
