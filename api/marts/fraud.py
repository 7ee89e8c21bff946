"""Reads marts.conversion_fraud: the highest scores with their reasons, the scores as a whole, and one conversion's."""

from typing import Any
from uuid import UUID

from api.marts.builds import current_build
from api.marts.errors import NotFoundError
from api.marts.fraud_words import reason_name, reason_sentence
from api.marts.models import Money
from api.marts.models.fraud import FraudConversion, FraudOverview, FraudReason, FraudScore, FraudTotal, ScoreBand
from api.marts.warehouse import Reader, Row, has_table

ROW = """
select
    f.conversion_id, f.conversion_kind, v.order_id, f.sponsor_id, coalesce(s.name, '') as sponsor_name, f.converted_at,
    f.value_minor, f.currency, f.score, f.is_suspect, f.reasons,
    f.not_judged, f.rules_version, f.is_fraud, f.decided_by, f.decision_id,
    v.anonymous_id is not null as has_device,
    array(
        select distinct p.code_normalized from app.promo_codes as p
        where p.tenant_id = f.tenant_id and p.code_normalized = any(v.promo_codes)
    ) as codes
from marts.conversion_fraud as f
inner join marts.attribution_conversions as v on f.tenant_id = v.tenant_id and f.conversion_id = v.conversion_id
left join app.sponsors as s on f.tenant_id = s.tenant_id and f.sponsor_id = s.sponsor_id
"""
PAGE = (
    ROW
    + """
where
    f.score >= %(least)s
    and (%(is_suspect)s::boolean is null or f.is_suspect = %(is_suspect)s)
    and (%(is_fraud)s::boolean is null or f.is_fraud = %(is_fraud)s)
    and (%(sponsor_id)s::uuid is null or f.sponsor_id = %(sponsor_id)s)
    and (%(after_score)s::float8 is null or (f.score, f.conversion_id) < (%(after_score)s, %(after_id)s::uuid))
order by f.score desc, f.conversion_id desc
limit %(limit)s
"""
)
ONE = ROW + "where f.conversion_id = %(conversion_id)s"
BANDS = """
select
    case when f.score is not null then least(floor(f.score * 10)::integer, 9) end as band, count(*) as conversions,
    count(*) filter (where f.is_fraud) as fraud, count(*) filter (where f.is_suspect and f.decided_by is null) as suspects
from marts.conversion_fraud as f
group by band
"""
APART = """
select
    v.currency, count(*) filter (where v.conversion_kind <> 'refund') as conversions, sum(v.value_minor)::bigint as amount_minor
from marts.attribution_conversions as v
where v.is_fraud
group by v.currency
order by v.currency
"""
BAND_COUNT = 10
# A score alone says little below this.
LEAST = 0.0001


def scored_conversions(
    c: Reader, *, least: float = LEAST, is_suspect: bool | None = None, is_fraud: bool | None = None,
    sponsor_id: UUID | None = None, after: tuple[float, UUID] | None = None, limit: int = 50,
) -> list[FraudConversion]:  # fmt: skip
    """Conversions with a score of at least `least`, the highest first; `after` is the last row's (score, conversion_id)."""
    current_build(c)
    if not has_table(c, "conversion_fraud"):
        return []
    asked = {
        "least": least, "is_suspect": is_suspect, "is_fraud": is_fraud, "sponsor_id": sponsor_id, "limit": limit,
        "after_score": after[0] if after else None, "after_id": after[1] if after else None,
    }  # fmt: skip
    return [_conversion(row) for row in c.execute(PAGE, asked).fetchall()]


def scored_conversion(c: Reader, conversion_id: UUID) -> FraudConversion:
    """One conversion's score; raises NotFoundError where the tenant has none of that id (a refund has its order's)."""
    current_build(c)
    row = c.execute(ONE, {"conversion_id": conversion_id}).fetchone() if has_table(c, "conversion_fraud") else None
    if row is None:
        raise NotFoundError("conversion", conversion_id)
    return _conversion(row)


def fraud_score(c: Reader, conversion_id: UUID) -> FraudScore | None:
    """The score of a conversion or of a refund's order; None where the build has none."""
    if not has_table(c, "conversion_fraud"):
        return None
    row = c.execute(ONE, {"conversion_id": conversion_id}).fetchone()
    return FraudScore(**_score(row)) if row else None


def fraud_overview(c: Reader) -> FraudOverview:
    """The scores in ten bands and what stands apart; raises NotBuiltError before the first build."""
    build = current_build(c)
    there = has_table(c, "conversion_fraud")
    rows = c.execute(BANDS).fetchall() if there else []
    by_band = {row["band"]: row for row in rows}
    return FraudOverview(
        build=build,
        bands=[
            ScoreBand(
                from_score=band / BAND_COUNT,
                conversions=by_band[band]["conversions"] if band in by_band else 0,
                fraud=by_band[band]["fraud"] if band in by_band else 0,
            )
            for band in range(BAND_COUNT)
        ],
        not_judged=by_band[None]["conversions"] if None in by_band else 0,
        suspects=sum(row["suspects"] for row in rows),
        apart=[
            FraudTotal(conversions=row["conversions"], amount=Money.of(row["amount_minor"], row["currency"]))
            for row in (c.execute(APART).fetchall() if there else [])
        ],
    )


def _score(row: Row) -> dict[str, Any]:
    reasons = [
        FraudReason(**reason, name=reason_name(reason["reason"]), explanation=reason_sentence(reason)) for reason in row["reasons"]
    ]
    ordered = sorted(reasons, key=lambda reason: (-reason.weight, reason.reason))
    return {**FraudScore.fields_of(row), "reasons": ordered}


def _conversion(row: Row) -> FraudConversion:
    said = {**FraudConversion.fields_of(row), **_score(row), "codes": sorted(row["codes"])}
    return FraudConversion(**said, value=Money.of(row["value_minor"], row["currency"]))
