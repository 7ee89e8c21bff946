"""Every figure of the API as data: its name, unit, definition and source, read from the answers' own schemas."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from api.contract.definitions import defined

Json = Mapping[str, Any]
# Numbers that count, measure or rate nothing: names of things, and how an answer came about.
NO_FIGURES = frozenset(
    {
        "audit_id",
        "change_id",
        "change_number",
        "restatement_id",
        "event_id",
        "status",
        "seed",
        "version",
        "audit_number",
        "number",
        "tenant_id",
    }
)
# Which marts an answer is of, by the beginning of its address, the longest first. What is not here is what people entered.
SOURCES: Mapping[str, str] = {
    "/v1/campaigns/{campaign_id}/analytics": "marts.campaign_performance, marts.campaign_delivery_daily, the live tail",
    "/v1/campaigns/{campaign_id}/attribution": "marts.campaign_attribution_daily_live, marts.attribution_credits",
    "/v1/campaigns/{campaign_id}/conversions": "marts.attribution_conversions, marts.attribution_credits",
    "/v1/campaigns/{campaign_id}/data-driven": "marts.data_driven_attribution_live",
    "/v1/campaigns/{campaign_id}/delivery": "marts.campaign_delivery",
    "/v1/campaigns/{campaign_id}/evidence": "marts.evidence_overlap, marts.promo_code_leaks, marts.survey_multipliers",
    "/v1/campaigns/{campaign_id}/forecast": "marts.campaign_forecast",
    "/v1/campaigns/{campaign_id}/lift": "marts.campaign_lift",
    "/v1/campaigns/{campaign_id}/paths": "marts.attribution_credits",
    "/v1/campaigns/{campaign_id}/restatements": "ops.restatement",
    "/v1/campaigns/{campaign_id}/roi": "marts.campaign_roi, marts.campaign_roi_multiverse",
    "/v1/campaigns/{campaign_id}/roi/cohorts": "marts.campaign_roi_cohorts",
    "/v1/anomalies": "marts.download_anomalies", "/v1/attribution": "marts.campaign_attribution_daily_live",
    "/v1/budget-advice": "marts.budget_advice", "/v1/collection": "marts.collection_quality",
    "/v1/collection/alerts": "ops.collection_alerts", "/v1/conversions": "marts.attribution_credits, marts.attribution_touches",
    "/v1/downloads": "marts.episode_downloads_daily", "/v1/downloads/milestones": "marts.episode_milestones",
    "/v1/fraud": "marts.conversion_fraud", "/v1/identity/links": "marts.identity_links", "/v1/listeners": "marts.show_listeners",
    "/v1/metrics/completion": "marts.campaign_completion, marts.completion_funnel", "/v1/metrics/friction": "marts.friction_points",
    "/v1/metrics/rates": "marts.product_rates, marts.product_rates_weekly",
    "/v1/metrics/ttfv": "marts.ttfv, marts.ttfv_curve, marts.ttfv_weekly",
    "/v1/overview": "marts.campaign_performance, the live tail",
    "/v1/reconciliation": "marts.count_reconciliation", "/v1/restatements": "ops.counting_restatements",
    "/v1/roi": "marts.campaign_roi", "/v1/saturation": "marts.saturation_curves, marts.saturation_weeks",
    "/v1/saturation/alerts": "ops.saturation_verdicts", "/v1/spend": "marts.imported_spend_daily",
    "/v1/statistics": "marts.episode_statistics_daily", "/v1/statistics/audience": "marts.episode_audience_daily",
    "/v1/customers": "marts.customer_success, marts.customer_success_weekly, marts.customer_volumes_monthly",
    "/v1/success": "marts.customer_success, marts.customer_success_weekly, marts.customer_volumes_monthly",
    "/v1/analytics/satisfaction": "marts.customer_success, marts.customer_success_weekly",
    "/v1/lists": "ops.lists", "/v1/recounts": "ops.recounts", "/v1/imports": "app.import_files",
}  # fmt: skip
UNITS = {"_s": "seconds", "_ms": "milliseconds", "_bytes": "bytes", "_days": "days", "_rank": "place", "_ppb": "parts per billion"}
RATIOS = frozenset({"roas", "roi", "lifetime_roi", "break_even_roas", "marginal_return", "multiplier", "frequency", "spend_ratio"})
SHARES = frozenset({"rate", "share", "score", "weight", "from_score", "drift_p", "lift"})


class Figure(BaseModel):
    """One figure of the API's answers."""

    figure: str = Field(description="`<answer's part>.<field>`, as OpenAPI names them.")
    name: str = Field(description="The field.")
    unit: str = Field(description="money, share (0 to 1), ratio, seconds, days, bytes, place or count.")
    definition: str = Field(description="What it is; docs/metrics.md has the longer words.")
    source: str = Field(description="The marts or tables behind it; `entered`: what people said.")
    operations: list[str] = Field(description="The operations that answer it.")


def figures(document: Json) -> list[Figure]:
    """One per field of an answer that is a number or money, by name."""
    schemas = document["components"]["schemas"]
    places: dict[tuple[str, str], dict[str, str]] = {}
    said: dict[tuple[str, str], Json] = {}
    for path, methods in sorted(document["paths"].items()):
        for described in methods.values():
            for status, answer in described["responses"].items():
                schema = answer.get("content", {}).get("application/json", {}).get("schema") if status.startswith("2") else None
                for owner, name, field in _numbers(schema or {}, schemas, described["operationId"], ()):
                    places.setdefault((owner, name), {})[described["operationId"]] = path
                    said[owner, name] = field
    return [_figure(owner, name, said[owner, name], schemas, where) for (owner, name), where in sorted(places.items())]


def _figure(owner: str, name: str, field: Json, schemas: Json, where: Mapping[str, str]) -> Figure:
    part = owner.rpartition("__")[2]
    definition = field.get("description") or defined(name)
    return Figure(
        figure=f"{part}.{name}",
        name=name,
        unit=_unit(name, field),
        definition=str(definition or schemas.get(owner, {}).get("description") or "").partition("\n\n")[0].replace("\n", " "),
        source=", ".join(dict.fromkeys(_source(path) for path in where.values())),
        operations=sorted(where),
    )


def is_defined(figure: Figure, document: Json) -> bool:
    """Whether a figure has words of its own, and not only those of the part that it stands in."""
    part = figure.figure.partition(".")[0]
    owner: Json = next((one for name, one in document["components"]["schemas"].items() if name.rpartition("__")[2] == part), {})
    return bool(owner.get("properties", {}).get(figure.name, {}).get("description") or defined(figure.name))


def _source(path: str) -> str:
    found = [beginning for beginning in SOURCES if path == beginning or path.startswith(f"{beginning}/")]
    return SOURCES[max(found, key=len)] if found else "entered"


def _unit(name: str, field: Json) -> str:
    if any(one.get("$ref", "").endswith("/Money") for one in (field, *field.get("anyOf", ()))):
        return "money"
    stem = name
    for end in ("_low", "_high", "_80", "_95", "_low", "_high"):
        stem = stem.removesuffix(end)
    if stem in RATIOS:
        return "ratio"
    if stem in SHARES or stem.endswith(("_rate", "_probability", "_share")):
        return "share"
    return next((unit for end, unit in UNITS.items() if stem.endswith(end)), "count")


def _numbers(schema: Json, schemas: Json, owner: str, seen: tuple[str, ...]) -> Iterator[tuple[str, str, Json]]:
    """(the part it stands in, its name, its schema) of every number under a schema."""
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference:
        if reference not in seen:
            yield from _numbers(schemas[reference], schemas, reference, (*seen, reference))
        return
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
        yield from _numbers(one, schemas, owner, seen)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, Mapping):
            yield from _numbers(inner, schemas, owner, seen)
    for name, field in schema.get("properties", {}).items():
        if _is_number(field) and name not in NO_FIGURES and owner != "Money":
            yield owner, name, field
        yield from _numbers(field, schemas, owner, seen)


def _is_number(field: Json) -> bool:
    kinds = [field, *field.get("anyOf", ())]
    return any(
        one.get("type") in ("integer", "number")
        or one.get("$ref", "").endswith("/Money")
        or (one.get("type") == "string" and "\\d" in one.get("pattern", ""))
        for one in kinds
    )
