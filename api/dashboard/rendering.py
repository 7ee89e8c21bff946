"""Templates into answers: one Jinja environment, the frame's context, and the headers that every page bears."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from api.dashboard import formats
from api.dashboard.access import Viewer
from api.marts.explanation_words import evidence_name
from api.marts.models import Money

HERE = Path(__file__).parent
STATIC = HERE / "static"
NODE_MODULES = HERE.parents[1] / "node_modules"
VENDOR: Mapping[str, Path] = {
    "echarts.min.js": NODE_MODULES / "echarts" / "dist" / "echarts.min.js",
    "htmx.min.js": NODE_MODULES / "htmx.org" / "dist" / "htmx.min.js",
}
# No inline script or style anywhere, nothing from another host, no frame around us.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # A page shows what was true when it was asked for; the back button asks again after a logout.
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True)
class NavigationItem:
    key: str
    label: str
    href: str
    is_network_only: bool = False
    is_operator_only: bool = False

    @property
    def icon(self) -> str:
        return self.key

    def is_for(self, viewer: Viewer) -> bool:
        return viewer.is_operator if self.is_operator_only else viewer.sees_tenant or not self.is_network_only


NAVIGATION = (
    NavigationItem("overview", "Overview", "/"),
    NavigationItem("campaigns", "Campaigns", "/campaigns"),
    NavigationItem("reports", "Reports", "/reports"),
    NavigationItem("shows", "Shows", "/shows", is_network_only=True),
    NavigationItem("reconciliation", "Reconciliation", "/reconciliation", is_network_only=True),
    NavigationItem("anomalies", "Anomalies", "/anomalies", is_network_only=True),
    NavigationItem("fraud", "Fraud", "/fraud", is_network_only=True),
    NavigationItem("saturation", "Saturation", "/saturation", is_network_only=True),
    NavigationItem("product", "Product", "/product", is_network_only=True),
    NavigationItem("sites", "Sites", "/sites", is_network_only=True),
    NavigationItem("hosting", "Hosts", "/hosting", is_network_only=True),
    NavigationItem("models", "Models", "/models", is_network_only=True),
    NavigationItem("imports", "Imports", "/imports", is_network_only=True),
    NavigationItem("monitoring", "Monitoring", "/monitoring", is_operator_only=True),
    NavigationItem("settings", "Settings", "/settings", is_network_only=True),
)


@dataclass(frozen=True)
class Tile:
    """One key figure; `rate` draws it as a bar, `mark` where it should be by now, `exact` is what a shortened value stands for."""

    label: str
    value: str
    note: str = ""
    rate: float | None = None
    mark: float | None = None
    exact: str = ""


def money(value: Money | None) -> str:
    return formats.NONE if value is None else formats.money(value.amount, value.currency)


def asset(path: str) -> str:
    """The address of a static file, with a digest of its bytes: it may be cached for ever."""
    return f"/static/{path}?v={_digest(path)}"


@lru_cache(maxsize=1)
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {
        "money": money, "number": formats.number, "compact": formats.compact, "rate": formats.rate, "multiple": formats.multiple,
        "day": formats.day_of, "moment": formats.moment, "ago": lambda at: formats.ago(at, datetime.now(UTC)),
        "duration": formats.duration, "seconds": formats.seconds,
        "words": formats.words, "evidence_name": evidence_name, "sentence": formats.sentence,
    }  # fmt: skip
    made.globals |= {"asset": asset, "flight": formats.flight}
    return made


def page(
    template: str,
    viewer: Viewer | None,
    active: str = "",
    *,
    http_status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """The template as a whole answer. `viewer` None: a page outside the frame."""
    frame = {
        "viewer": viewer,
        "csrf_token": viewer.csrf_token if viewer else "",
        "active": active,
        "build": None,
        "notice": "",
        "navigation": [item for item in NAVIGATION if viewer is not None and item.is_for(viewer)],
    }
    text = environment().get_template(template).render(frame | context)
    return HTMLResponse(text, http_status, {**HEADERS, **(headers or {})})


@lru_cache(maxsize=64)
def _digest(path: str) -> str:
    file = VENDOR[path.removeprefix("vendor/")] if path.startswith("vendor/") else STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.exists() else "missing"
