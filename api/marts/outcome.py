"""One campaign's promise against its outcome: the contract by placement and by week, beside what was delivered and paid."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import campaign_delivery, campaign_performance, campaign_placements, get_campaign
from api.marts.models import Build, CampaignSummary, DeliveryDay, Money, Performance, Placement
from api.marts.models.summary import CampaignOutcome, Promise, PromiseWeek
from api.marts.money import exponent
from api.marts.warehouse import Reader

WEEK = timedelta(days=7)


def campaign_outcome(c: Reader, campaign_id: UUID) -> CampaignOutcome:
    """As built. Raises NotFoundError, and NotBuiltError before the first build."""
    campaign = get_campaign(c, campaign_id)
    return outcome_of(
        current_build(c), campaign, campaign_performance(c, campaign, live=False), campaign_placements(c, campaign_id),
        campaign_delivery(c, campaign_id),
    )  # fmt: skip


def outcome_of(
    build: Build, campaign: CampaignSummary, performance: Performance, placements: Sequence[Placement],
    delivery: Sequence[DeliveryDay],
) -> CampaignOutcome:  # fmt: skip
    """The outcome in figures that were read before."""
    is_over = campaign.flight_end < build.published_at.date()
    promises = [placement_promise(p, is_over=is_over) for p in placements]
    known = [p.promised_spend.amount for p in promises if p.promised_spend]
    ad_days = [d.day for d in delivery if d.ads_delivered]
    contracted = performance.contracted_ads
    return CampaignOutcome(
        build=build, campaign_id=campaign.campaign_id, flight_start=campaign.flight_start, flight_end=campaign.flight_end,
        is_over=is_over, placements=promises,
        total=Promise(
            placement_id=None, show_title="", position="", insertion="", contracted_ads=contracted,
            ads_delivered=performance.ads_delivered, difference=difference(contracted, performance.ads_delivered),
            delivered_rate=performance.delivered_rate, spend=performance.spend,
            promised_spend=Money(amount=sum(known, Decimal(0)), currency=campaign.currency)
            if promises and len(known) == len(promises) else None,
            verdict=verdict(contracted, performance.ads_delivered, is_over=is_over),
        ),
        weeks=weeks(campaign, contracted, delivery),
        after_flight_ads=sum(d.ads_delivered for d in delivery if d.day > campaign.flight_end),
        make_good_ads=performance.make_good_ads,
        first_ad_on=min(ad_days, default=None), last_ad_on=max(ad_days, default=None),
    )  # fmt: skip


def placement_promise(p: Placement, *, is_over: bool) -> Promise:
    return Promise(
        placement_id=p.placement_id, show_title=p.show_title, position=p.position, insertion=p.insertion,
        contracted_ads=p.contracted_ads, ads_delivered=p.ads_delivered, difference=difference(p.contracted_ads, p.ads_delivered),
        delivered_rate=p.ads_delivered / p.contracted_ads if p.contracted_ads else None, promised_spend=promised_spend(p),
        spend=p.spend, verdict=verdict(p.contracted_ads, p.ads_delivered, is_over=is_over),
    )  # fmt: skip


def promised_spend(p: Placement) -> Money | None:
    """The contract at its price: CPM × contracted ÷ 1,000, or the flat price."""
    if p.share_rate is not None or (p.price_model == "cpm" and not p.contracted_ads):
        return None
    amount = p.price.amount if p.price_model == "flat" else p.price.amount * (p.contracted_ads or 0) / 1000
    digits = Decimal(1).scaleb(-exponent(p.price.currency))
    return Money(amount=amount.quantize(digits, ROUND_HALF_UP), currency=p.price.currency)


def difference(contracted: int | None, delivered: int) -> int | None:
    return delivered - contracted if contracted else None


def verdict(contracted: int | None, delivered: int, *, is_over: bool) -> str:
    if not contracted:
        return "nothing_contracted"
    if delivered >= contracted:
        return "met"
    return "short" if is_over else "in_flight"


def weeks(campaign: CampaignSummary, contracted: int | None, delivery: Sequence[DeliveryDay]) -> list[PromiseWeek]:
    flight = (campaign.flight_end - campaign.flight_start).days + 1
    rows, first = [], campaign.flight_start
    while first <= campaign.flight_end:
        last: date = min(first + WEEK - timedelta(days=1), campaign.flight_end)
        due = Decimal(contracted) * ((last - first).days + 1) / flight if contracted else None
        ads = sum(d.ads_delivered for d in delivery if first <= d.day <= last)
        rows.append(PromiseWeek(first_day=first, last_day=last, due_ads=due and due.quantize(Decimal("0.01")), ads_delivered=ads))
        first += WEEK
    return rows
