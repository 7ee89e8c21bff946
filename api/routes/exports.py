"""Marts row by row: what can be taken out, and its rows in pages or as one stream."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.auth.dependencies import ServicesDep, TenantReaderDep
from api.marts.exports import Dataset, ExportPage, export_rows, list_datasets
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep, read_marts

router = APIRouter(prefix="/v1/exports", tags=["network"])
DatasetName = Annotated[str, Path(pattern=r"^[a-z][a-z_]{0,60}$", description="One of GET /v1/exports.")]


class DatasetPage(Page):
    """What can be taken out, by name."""

    items: list[Dataset]


@router.get("", operation_id="network_list_exports", summary="List what can be exported")
def get_exports(principal: TenantReaderDep, page: PageDep) -> DatasetPage:
    """One row per dataset: a mart of this account, its key, and what a row is."""
    return DatasetPage(**page.of(list_datasets(), Order("dataset text")))


@router.get("/{dataset}", operation_id="network_export", summary="Export a dataset", response_model=ExportPage)
def get_export(
    dataset: DatasetName, principal: TenantReaderDep, found: ServicesDep, page: PageDep, request: Request, response: Response
) -> Any:
    """One row per row of the mart, by its key, as built; `format=csv` or `jsonl` streams all of them. What identifies a listener or
    buyer is in none: no hash, cookie or user id. A build that is published meanwhile breaks the stream off: ask again."""
    return read_marts(request, response, found, principal, lambda c: export_rows(c, dataset, page.window), page=page)
