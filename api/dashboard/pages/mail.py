"""Pages behind the links of a report's mail: its files, and the end of these mails. Nobody is signed in; the link is the right."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from api.dashboard.access import ServicesDep
from api.dashboard.rendering import page
from api.errors import Problem
from api.mail.links import Links
from api.mail.suppressions import download, find_recipient, subscribe_again, suppress
from api.services import Services

router = APIRouter()
# A link says who may read: it stays out of caches, of search engines and of what the next page is told.
PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def links(found: Services) -> Links:
    return Links(found.settings.base_url, found.settings.secret_key.get_secret_value())


@router.get("/mailed-reports/{token}")
def download_page(token: str, found: ServicesDep) -> Response:
    """One file of a mailed report, until its link ends. Raises `not-found` for what is no link of ours, or is over."""
    link, now = links(found).read_download(token), datetime.now(UTC)
    if link is None:
        raise Problem("not-found", "found no file behind this link, expected the whole link of a report's mail: copy it again")
    if link.expires_at <= now:
        raise Problem(
            "not-found", f"found a link that ended on {link.expires_at:%Y-%m-%d}, expected a newer one: ask who sent you the report"
        )
    with found.database.tenant(link.tenant_id) as c:
        row = download(c, link.delivery_id, link.report_id, link.file_format, now)
    if row is None:
        raise Problem(
            "not-found", "found no file behind this link any more, expected a report that is kept: ask who sent it to you"
        )
    name = "".join(letter for letter in row["filename"] if letter.isascii() and (letter.isalnum() or letter in "._- "))
    disposition = f'attachment; filename="{name or f"report.{link.file_format}"}"'
    headers = {**PRIVATE, "Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return Response(bytes(row["content"]), media_type=row["media_type"], headers=headers)


@router.get("/unsubscribe/{token}")
def unsubscribe_page(token: str, found: ServicesDep) -> HTMLResponse:
    """A button: programs that open the links of a mail end nothing."""
    return _page(token, found)


@router.post("/unsubscribe/{token}")
def unsubscribe(token: str, found: ServicesDep) -> HTMLResponse:
    """No more reports of this account to the address; a mail program posts it by itself (RFC 8058), without a cookie or a form."""
    return _page(token, found, wanted=False)


@router.post("/unsubscribe/{token}/undo")
def undo(token: str, found: ServicesDep) -> HTMLResponse:
    """Whoever unsubscribed by mistake."""
    return _page(token, found, wanted=True)


def _page(token: str, found: Services, *, wanted: bool | None = None) -> HTMLResponse:
    named = links(found).read_unsubscribe(token)
    if named is None:
        raise Problem("not-found", "found no mail behind this link, expected the whole link of a report's mail: copy it again")
    tenant_id, delivery_id = named
    with found.database.tenant(tenant_id) as c:
        row = find_recipient(c, delivery_id)
        if row is None:
            raise Problem("not-found", "found no mail behind this link any more, expected one that was sent: ask who sent it")
        if wanted is False:
            suppress(c, row["recipient"], "unsubscribed")
        elif wanted is True:
            subscribe_again(c, row["recipient"])
        row = find_recipient(c, delivery_id) or row
    return page(
        "unsubscribe.html", None, token=token, recipient=row["recipient"], publisher=row["publisher"], reason=row["reason"],
        problem="", is_back=wanted is True and row["reason"] is None, headers=PRIVATE,
    )  # fmt: skip
