"""The account's settings: who is signed in, and how its downloads are counted."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import OWNERS
from api.campaigns.counting_settings import CountingSettingsChange, change_counting_settings
from api.campaigns.first_steps import are_first_steps_hidden
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.database import Row, Writer
from api.errors import Problem
from api.marts.counting_settings import NAMES, counted_between, counting_settings
from api.marts.models.counting_settings import SETTINGS, CountingSettings
from api.services import Services

router = APIRouter()


@router.get("/settings")
def settings_page(viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The account and its rules."""
    return _settings(viewer, found)


@router.post("/settings/counting")
def change_counting_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """Other rules from a day on; the next build counts by them."""
    require_role(viewer.principal, OWNERS)
    tenant = viewer.principal.tenant_id
    try:
        change = CountingSettingsChange.model_validate(_entered(form))
        with found.warehouse.tenant(tenant) as reader, found.database.tenant(tenant) as c:
            change_counting_settings(c, viewer.principal, change, lambda first, last: counted_between(reader, first, last))
    except ValidationError as error:
        return _settings(viewer, found, rules_values=form, rules_errors=field_errors(error), status=422)
    except Problem as problem:
        return _settings(viewer, found, rules_values=form, rules_errors={"reason": problem.detail}, status=problem.status)
    return RedirectResponse("/settings#counting", 303)


def _entered(form: Form) -> dict[str, Any]:
    """The form as a change: a variant as a whole, or each setting with its own value, where nothing is the deployment's."""
    about = {name: form[name] for name in ("from_day", "reason") if form.get(name)}
    if form.get("rules") in ("op3", "deployment"):
        return about | {"variant": form["rules"]}
    return about | {name: form.get(name) or None for name in NAMES}


def _settings(
    viewer: Viewer,
    found: Services,
    *,
    rules_values: Form | None = None,
    rules_errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    with found.warehouse.tenant(viewer.principal.tenant_id) as reader:
        rules = counting_settings(reader)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        account, is_guide_hidden = _account(c), are_first_steps_hidden(c, viewer.principal)
    return page(
        "settings.html",
        viewer,
        "settings",
        http_status=status,
        account=account,
        is_guide_hidden=is_guide_hidden,
        rules=rules,
        labels={setting.name: setting.label for setting in SETTINGS},
        switches={setting.name for setting in SETTINGS if isinstance(setting.standard, bool)},
        rules_values=rules_values or _rules_values(rules),
        rules_errors=rules_errors or {},
    )


def _rules_values(rules: CountingSettings) -> Form:
    """What the form shows at first: the last change's own values, from today on."""
    chosen = rules.changes[0].values.model_dump() if rules.changes else {}
    own = {name: str(value).lower() for name, value in chosen.items() if value is not None}
    return {"rules": "own", "from_day": datetime.now(UTC).date().isoformat(), **own}


def _account(c: Writer) -> Row:
    row: dict[str, Any] | None = c.execute("select name, slug, currency, timezone, created_at from app.tenants").fetchone()
    return row or {}
