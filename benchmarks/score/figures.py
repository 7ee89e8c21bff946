"""What is measured, in words: every figure is a ratio, and its definition is what the sheet prints."""

from collections.abc import Mapping
from typing import NamedTuple


class Tally(NamedTuple):
    """Of one seed: a figure for one group (evidence kind, address class, …) and model, as what was met of how much."""

    figure: str
    group: str
    model: str
    met: float
    of: float


class Figure(NamedTuple):
    """`is_count`: met and of are counts of independent cases, so that an exact binomial interval of the pooled rate makes sense.

    `bar` is the least (`is_least`) or largest pooled rate that is asked for; None: nothing is asked.
    """

    part: str
    title: str
    definition: str
    is_count: bool = True
    bar: float | None = None
    is_least: bool = True


FIGURES: Mapping[str, Figure] = {
    "caused_credited": Figure(
        "credit",
        "Caused conversions credited to the true campaign",
        "Of the conversions that an ad truly caused and that reached us, the sum of the weights of the campaign whose ad it was. "
        "By evidence kind: of those that this kind owns. `owner` is the evidence owner, whole or nothing.",
        is_count=False,
    ),
    "caused_unattributed": Figure(
        "credit",
        "Caused conversions that nothing shows",
        "Of the same conversions, those without any evidence: no link, path or code, and a household that cannot be matched.",
    ),
    "organic_credited": Figure(
        "credit",
        "Organic conversions credited to a campaign",
        "Of the conversions that no ad caused and that reached us, those that have an owner: what attribution cannot tell from a "
        "caused one, because the buyer had the ad, the link or the code too. Lift is measured for this, not credit.",
    ),
    "organic_share": Figure(
        "credit",
        "Organic share",
        "Of all conversions that reached us, those that no ad caused (truth); `found` are those that we leave unattributed.",
    ),
    "lost_share": Figure(
        "credit",
        "Orders that never reached us",
        "Of all orders of the world, those whose event was lost on the way and that no imported books name.",
    ),
    "deterministic_right": Figure(
        "deterministic",
        "Deterministic owners credited to the right campaign",
        "Of the conversions owned by the buyer's own click or vanity path (not one that only the household ties) or by a code that "
        "is not leaked, those whose owner is the campaign whose "
        "link the buyer followed, whose path the buyer typed or whose code the buyer gave: the strongest and of it the latest of "
        "that person, within 30 days and since their order before, by the truth alone.",
        bar=0.99,
    ),
    "deterministic_cause": Figure(
        "deterministic",
        "Deterministic owners that are the cause",
        "Of the same conversions as far as an ad caused them, those whose owner is the campaign that did.",
    ),
    "deterministic_organic": Figure(
        "deterministic",
        "Organic among deterministic owners",
        "Of the same conversions, those that no ad caused: the buyer had a link or a code, and would have bought anyway.",
    ),
    "match_precision": Figure(
        "households",
        "Household match: precision",
        "Of the pairs of an order and a delivered ad that the household match put into a path, those of one true household.",
    ),
    "match_person": Figure(
        "households",
        "Household match: the same person",
        "Of the same pairs, those where the buyer is who heard the ad.",
    ),
    "match_recall": Figure(
        "households",
        "Household match: recall",
        "Of the pairs of an order that reached us and a delivered ad of its sponsor heard in the same true household within 30 "
        "days before, and since the order before as far as we know of it, those that are in the path.",
    ),
    "match_missed": Figure(
        "households",
        "Household match: why pairs are missed",
        "Of the same pairs, those missed for this reason: no consent, no address with the order, an address of an office, VPN or "
        "data centre, a mobile address, or another home address (IPv4 here and IPv6 there, or a provider's new prefix).",
    ),
    "revenue_error": Figure(
        "revenue",
        "Error of each campaign's credited revenue",
        "Sum over campaigns of the distance between revenue credited and revenue truly caused, as a share of the latter "
        "(wMAPE). By evidence kind: of the conversions that this kind owns.",
        is_count=False,
    ),
    "revenue_bias": Figure(
        "revenue",
        "Revenue credited to campaigns beyond what they caused",
        "Revenue credited to campaigns minus revenue truly caused, as a share of the latter: above 0, organic counts as caused.",
        is_count=False,
    ),
    "revenue_split_error": Figure(
        "revenue",
        "Error of the split between campaigns",
        "The same error over caused conversions alone: what is wrong with who gets credit, organic conversions left aside.",
        is_count=False,
    ),
    "lift_said": Figure(
        "lift",
        "Campaigns whose lift has a number",
        "Of the campaigns with an exposed home, those with a number for the first four weeks; below, those refused, by verdict.",
    ),
    "lift_held": Figure(
        "lift",
        "Lift's intervals and what the ads caused",
        "Of the campaigns with a number, those where the orders per home that the campaign's ads truly caused within four weeks of "
        "the first lie in the 95 % interval. The truth is of all exposed homes, the estimate of the matched ones.",
    ),
    "fraud_precision": Figure(
        "fraud",
        "Fraud score: precision",
        "Of the orders scored as suspect (0.5 or more), those that are fraud, in a world with eight kinds of fraud and honest "
        "orders that look like it: an office behind one address, a flash sale, families on one tablet, VPNs and a desktop in a "
        "data centre.",
    ),
    "fraud_recall": Figure(
        "fraud",
        "Fraud score: recall",
        "Of the fraudulent orders that reached us, those scored as suspect; one kind leaves no trace that a shop could see.",
    ),
    "fraud_honest_revenue": Figure(
        "fraud",
        "Honest revenue scored as suspect",
        "Of the revenue of honest orders, that of those scored as suspect. None of it leaves the figures before a person decides.",
        is_count=False,
    ),
    "fraud_suspects": Figure(
        "fraud",
        "Scored as suspect, by kind",
        "Of the orders of each kind of fraud, of each honest look-alike, and of all others (`ordinary`), those scored as suspect.",
    ),
}  # fmt: skip
