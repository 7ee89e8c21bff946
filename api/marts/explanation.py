"""One conversion explained from the build's own tables: nothing is attributed anew here, only what decided is said."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.marts.builds import current_build
from api.marts.conversions import model_credits
from api.marts.errors import NotBuiltError, NotFoundError
from api.marts.explanation_queries import CODES, CONVERSION, CUSTOM_CREDITS, METHOD, NEAREST, PATH, REOPENINGS, RULES, SUBJECT
from api.marts.explanation_words import (
    PRECEDENCE,
    code_sentence,
    code_status,
    household_sentence,
    household_status,
    leak_suspicions,
    owner_sentence,
    reason_sentence,
)
from api.marts.fraud import fraud_score
from api.marts.identity import merges
from api.marts.models import MODELS, NONE_ID, Money, model_name
from api.marts.models.explanation import (
    Evidence,
    ExplainedConversion,
    ExplainedTouch,
    Explanation,
    IneligibleCount,
    IneligibleTouch,
    ListUsed,
    Matching,
    ModelCredit,
    ModelVersion,
    OrderCode,
    Ownership,
    Reopening,
    Versions,
)
from api.marts.models.identity import Merge
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row

# The rule of the built-in models, as docs/attribution.md states it; it moves where a weight of the same path would.
BUILT_IN_VERSION = "1"
SHOWN_INELIGIBLE = 200


@dataclass(frozen=True)
class CustomCredits:
    """One of the account's own models, and what it gives to each touch of the conversion: (parts per billion, minor units)."""

    model: str
    name: str
    version: int
    by_touch: dict[UUID, tuple[int, int]]


def explain_conversion(c: Reader, conversion_id: UUID, *, sponsor_id: UUID | None = None) -> Explanation:
    """Why the conversion is credited as it is. `sponsor_id`: only a conversion of this sponsor, and only its touches.

    Raises NotFoundError where the tenant (or the sponsor) has no such conversion, NotBuiltError before the first build.
    """
    build = current_build(c)
    asked: dict[str, Any] = {"conversion_id": conversion_id, "sponsor_id": sponsor_id, "most": SHOWN_INELIGIBLE}
    found = c.execute(CONVERSION, asked).fetchone()
    if found is None:
        raise NotFoundError("conversion", conversion_id)
    asked["subject_id"] = found["origin_conversion_id"] or conversion_id
    # A refund of an order that nobody reported stands alone.
    subject = c.execute(SUBJECT, asked).fetchone() or c.execute(SUBJECT, asked | {"subject_id": conversion_id}).fetchone()
    rules = c.execute(RULES).fetchone()
    if subject is None or rules is None:
        raise NotBuiltError("a build without attribution_rules")
    path = c.execute(PATH, asked).fetchall()
    joined = merges(c, conversion_id, asked["subject_id"])
    custom = _custom_models(c.execute(CUSTOM_CREDITS, asked).fetchall())
    others = c.execute(NEAREST, asked).fetchall()
    codes = _codes(c.execute(CODES, asked).fetchall(), sees_all=sponsor_id is None)
    return Explanation(
        build=build,
        conversion=_conversion(found),
        path=[_touch(row, subject, found["currency"], custom, joined.get(row["touch_id"], [])) for row in path],
        not_eligible=[_ineligible(row, subject) for row in others if row["place"] <= SHOWN_INELIGIBLE],
        not_eligible_counts=[
            IneligibleCount(reason=row["reason"], touches=row["reason_count"]) for row in others if row["reason_place"] == 1
        ],
        codes=codes,
        matching=_matching(subject),
        evidence=_evidence(path, found["owner_touch_kind"]),
        owner=_owner(found, path, codes),
        reopenings=[Reopening(**row) for row in c.execute(REOPENINGS, asked).fetchall()],
        # What makes somebody suspect is the network's to know and to decide.
        fraud=fraud_score(c, asked["subject_id"]) if sponsor_id is None else None,
        versions=_versions(rules, c.execute(METHOD).fetchone(), custom),
    )


def _conversion(row: Row) -> ExplainedConversion:
    return ExplainedConversion(**ExplainedConversion.fields_of(row), value=Money.of(row["value_minor"], row["currency"]))


def _custom_models(rows: list[Row]) -> list[CustomCredits]:
    found: dict[UUID, CustomCredits] = {}
    for row in rows:
        one = found.setdefault(row["model_id"], CustomCredits(f"custom:{row['model_id']}", row["name"], row["version"], {}))
        one.by_touch[row["touch_id"]] = (row["weight_ppb"], row["credited_minor"])
    return list(found.values())


def _custom_credit(model: CustomCredits, touch_id: UUID, currency: str) -> ModelCredit:
    """Nothing where the model leaves the touch out."""
    ppb, minor = model.by_touch.get(touch_id, (0, 0))
    return ModelCredit(model=model.model, name=model.name, weight=to_share(ppb), amount=Money.of(minor, currency))


def _touch(row: Row, subject: Row, currency: str, custom: list[CustomCredits], joined: list[Merge]) -> ExplainedTouch:
    return ExplainedTouch(
        position=row["path_position"],
        touch_id=row["touch_id"],
        touch_kind=row["touch_kind"],
        touch_at=row["touch_at"],
        age_s=(subject["converted_at"] - row["touch_at"]).total_seconds(),
        campaign_id=row["campaign_id"],
        campaign_name=row["campaign_name"],
        placement_id=None if row["placement_id"] == NONE_ID else row["placement_id"],
        show_title=row["show_title"],
        episode_guid=row["episode_guid"],
        joined_by=joined,
        credit=model_credits([row], currency) + [_custom_credit(model, row["touch_id"], currency) for model in custom],
    )


def _ineligible(row: Row, subject: Row) -> IneligibleTouch:
    return IneligibleTouch(**IneligibleTouch.fields_of(row), explanation=reason_sentence(row, subject))


def _codes(rows: list[Row], *, sees_all: bool) -> list[OrderCode]:
    """One row per known code, and one for all unknown ones: what a client typed into the field is not repeated."""
    best: dict[int, tuple[str, Row]] = {}
    owner: int | None = None
    for row in rows:
        status = code_status(row, sees_all=sees_all)
        if status == "credited":
            if owner is not None and row["place"] != owner:
                status = "later_code"
            owner = owner or row["place"]
        if row["place"] not in best or status == "credited":
            best[row["place"]] = (status, row)
    unknown = sum(1 for status, _ in best.values() if status == "unknown")
    known = [
        OrderCode(
            code=row["code"],
            status=status,
            count=1,
            explanation=code_sentence(status, row),
            leak_suspicions=leak_suspicions(row),
            is_leaked=row["leak_verdict"] == "leaked",
        )
        for status, row in best.values()
        if status != "unknown"
    ]
    nobodys = OrderCode(code=None, status="unknown", count=unknown, explanation=code_sentence("unknown", {"count": unknown}))
    return known + ([nobodys] if unknown else [])


def _matching(subject: Row) -> Matching:
    status = household_status(subject)
    return Matching(
        household=status,
        household_explanation=household_sentence(status, subject),
        ip_class=subject["ip_class"],
        has_browser=subject["has_browser"],
        has_user=subject["has_user"],
        previous_converted_at=subject["previous_converted_at"],
    )


def _evidence(path: list[Row], owner: str) -> list[Evidence]:
    """Strongest first."""
    return [
        Evidence(kind=kind, strength=strength, touches=touches, is_owner=kind == owner)
        for strength, kind in enumerate(PRECEDENCE, 1)
        for touches in [sum(1 for row in path if row["touch_kind"] == kind)]
        if touches
    ]


def _owner(found: Row, path: list[Row], codes: list[OrderCode]) -> Ownership:
    is_owned = found["owner_campaign_id"] != NONE_ID
    kind = found["owner_touch_kind"]
    sound = all(not (code.is_leaked or code.leak_suspicions) for code in codes if code.status == "credited")
    return Ownership(
        campaign_id=found["owner_campaign_id"] if is_owned else None,
        campaign_name=found["owner_campaign_name"] if is_owned else "",
        evidence=kind,
        precedence=list(PRECEDENCE),
        is_code_ambiguous=found["is_code_ambiguous"],
        is_deterministic=(kind in ("click", "vanity") and not found["is_owner_household_only"]) or (kind == "code" and sound),
        explanation=owner_sentence(found, path),
    )


def _versions(rules: Row, method: Row | None, custom: list[CustomCredits]) -> Versions:
    said: dict[str, Any] = {name: value for name, value in rules.items() if name in Versions.model_fields}
    # Of a build of before there were such windows.
    said["vanity_window_s"] = said["vanity_window_s"] or said["click_window_s"]
    said["windows_by_kind"] = said["windows_by_kind"] or {}
    said = {name: value for name, value in said.items() if value is not None}
    return Versions(
        **said,
        position_weights=[to_share(rules[f"position_{part}_ppb"]) for part in ("first", "middle", "last")],
        models=[
            *(ModelVersion(model=m, name=model_name(m), version=BUILT_IN_VERSION) for m in MODELS),
            *(ModelVersion(model=m.model, name=m.name, version=str(m.version)) for m in custom),
        ],
        lists=[ListUsed(list_name=one["list_name"], version=one["version"]) for one in (method["lists"] if method else [])],
        method_statement=method["statement_version"] if method else None,
    )
