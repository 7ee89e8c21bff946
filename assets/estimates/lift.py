"""Lift among matched households: exposed against unexposed of the same week, home and listening, by span of weeks since exposure.

Domain rules, section 7. Households come as cells (equal ones counted): in goes `Cells`, out a `Lift` a span, or why there is none.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.stats import norm, t

from assets.estimates.lift_cells import Booleans, Cells, Floats, Span, match, stratum_codes

# Names the rules by which the figures come about; a change of them is a new version.
MODEL_VERSION = "lift-2"
REPLICATES = 400
CONFIDENCE, POWER = 0.95, 0.8
# Fewer expected conversions in an arm, if nothing had been brought, or a smallest detectable lift beyond a doubling: no number.
FEWEST_EXPECTED, LARGEST_DETECTABLE = 5.0, 1.0
# The largest that is named by its figure: ten times as much.
LARGEST_NAMED = 9.0
# Below this share of the exposed with a match, the matched ones stand for few.
LEAST_MATCHED = 0.2
# The groups differed before the exposure if the placebo's interval of this confidence leaves no lift out of it.
PLACEBO_CONFIDENCE = 0.99
SPLITS, SPLIT_REPLICATES = 40, 100


@dataclass(frozen=True)
class Lift:
    """One span of weeks: rates are conversions per household over the whole span; figures are None without an estimate."""

    span: Span
    verdict: str
    reason: str
    exposed: int = 0
    matched: int = 0
    controls: int = 0
    exposed_conversions: int = 0
    control_conversions: int = 0
    detectable: float | None = None
    exposed_rate: float | None = None
    control_rate: float | None = None
    lift: float | None = None
    low: float | None = None
    high: float | None = None
    incremental: float | None = None
    incremental_low: float | None = None
    incremental_high: float | None = None
    matched_cells: Booleans = field(default_factory=lambda: np.zeros(0, bool), repr=False, compare=False)


@dataclass(frozen=True)
class Arm:
    """One arm of a span: conversions per household, their standard error, and the degrees of freedom that this error has: how many
    households made it, by what they bought."""

    rate: float
    error: float
    freedom: float


@dataclass(frozen=True)
class Study:
    """A campaign's lift: the spans asked for, the placebo spans before the exposure, and how often A/A halves "found" a lift."""

    lifts: Sequence[Lift]
    placebos: Sequence[Lift]
    splits: int
    false_positives: int
    seed: int


def seed_of(*parts: object) -> int:
    """The seed of a study, the same for the same tenant, campaign and version."""
    digest = hashlib.sha256("|".join(str(part) for part in (MODEL_VERSION, *parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def study(cells: Cells, spans: Sequence[Span], placebos: Sequence[Span], seed: int) -> Study:
    """All spans of a campaign; the last placebo span is the one that judges whether the groups can be compared."""
    before = [measure(cells, span, seed) for span in placebos]
    after = [measure(cells, span, seed) for span in spans]
    if before and not is_comparable(before[-1]):
        after = [_withheld(found, "not_comparable", _DIFFERED) for found in after]
    splits, false_positives = split_tests(cells, spans[-1], seed)
    return Study(after, before, splits, false_positives, seed)


_DIFFERED = "exposed and unexposed households already bought at different rates in the weeks before the exposure"


def is_comparable(placebo: Lift) -> bool:
    """Whether the weeks before the exposure leave open that both groups were alike; a placebo without power says nothing."""
    if placebo.verdict != "estimated" or placebo.lift is None or placebo.high is None or placebo.lift <= -1:
        return True
    error = (math.log1p(placebo.high) - math.log1p(placebo.lift)) / norm.ppf(0.5 + CONFIDENCE / 2)
    return bool(abs(math.log1p(placebo.lift)) <= norm.ppf(0.5 + PLACEBO_CONFIDENCE / 2) * error)


def measure(cells: Cells, span: Span, seed: int, replicates: int = REPLICATES) -> Lift:
    """The lift in one span: (exposed - control) / control among matched households, its interval by bootstrap over households."""
    observed, conversions = cells.span(span)
    exposed = round(float(cells.counts[observed & cells.is_exposed].sum()))
    if not exposed:
        return Lift(span, "no_exposure", "no exposed household has been observed for so long", 0)
    chosen, weights = match(cells, observed)
    matched = float(cells.counts[chosen].sum())
    basis = Lift(span, "no_control", "", exposed, round(matched), matched_cells=chosen)
    if matched < LEAST_MATCHED * exposed:
        return _withheld(basis, "no_control", f"found unexposed households like {matched / exposed:.0%} of the exposed ones")
    used = weights > 0
    sold, sold_control = (round(float((cells.counts * conversions)[cell].sum())) for cell in (chosen, used))
    controls = round(float(cells.counts[used].sum()))
    basis = Lift(span, "estimated", "", exposed, round(matched), controls, sold, sold_control, matched_cells=chosen)
    error, expected = _null_error(cells.counts, conversions, chosen, weights)
    # Without a single conversion there is no rate to detect anything against.
    detectable = math.expm1(min((norm.ppf(0.5 + CONFIDENCE / 2) + norm.ppf(POWER)) * error, 700.0)) if expected else None
    if detectable is None or expected < FEWEST_EXPECTED or detectable > LARGEST_DETECTABLE:
        return _withheld(basis, "too_little_power", _unseen(detectable), detectable)
    draws = np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32, span[0] + 1000, span[1] + 1000])
    arms = [rate_of(draws, cells, conversions, weight, replicates) for weight in (chosen.astype(float), weights)]
    return _estimate(basis, arms, detectable)


def rate_of(draws: np.random.Generator, cells: Cells, conversions: Floats, weights: Floats, replicates: int) -> Arm:
    """The conversions per household of one arm, with their error by bootstrap over households under the weights found.

    Drawn within kinds of home: of which kinds the matched households are is what the estimand says, and no chance. A draw is a
    Poisson number of times that each household is taken; those that count the same are drawn together.
    """
    used = (weights > 0) & (cells.counts > 0)
    counts, weights, conversions = cells.counts[used], weights[used], conversions[used]
    total = float((counts * weights).sum())
    kinds = stratum_codes(cells.covariates[used, 1 : cells.kept])
    people = np.bincount(kinds, counts * weights)
    means = np.bincount(kinds, counts * weights * conversions) / people
    size = np.bincount(kinds, counts)
    # What the mean of a small group takes away of its spread.
    rest = (conversions - means[kinds]) * np.sqrt(size / np.maximum(size - 1, 1))[kinds]
    alike, places = np.unique(np.round(weights * rest, 9), return_inverse=True)
    taken = np.bincount(places.reshape(-1), counts)
    drawn = draws.poisson(taken, (replicates, len(taken))) @ alike / total
    fourth = float((taken * alike**4).sum())
    freedom = 2 * float((taken * alike**2).sum()) ** 2 / fourth if fourth else math.inf
    return Arm(float((people * means).sum() / total), float(drawn.std(ddof=1)), freedom)


def _estimate(basis: Lift, arms: Sequence[Arm], detectable: float) -> Lift:
    """The arms share no household, so that their errors add up; the ratio's is taken on its logarithm."""
    # An arm that sold nothing is taken for half a sale: its logarithm exists, and its interval is wide.
    least = 0.5 / basis.matched
    shares = [max(arm.error, least) / max(arm.rate, least) for arm in arms]
    exposed, control = (arm.rate for arm in arms)
    ratio, width = math.log(max(exposed, least) / max(control, least)), interval_width(arms, shares)
    gain, gain_width = exposed - control, interval_width(arms, [arm.error for arm in arms])
    return replace(
        basis, detectable=detectable, exposed_rate=exposed, control_rate=control, lift=math.expm1(ratio),
        low=math.expm1(ratio - width), high=math.expm1(ratio + width), incremental=gain * basis.matched,
        incremental_low=(gain - gain_width) * basis.matched, incremental_high=(gain + gain_width) * basis.matched,
    )  # fmt: skip


def interval_width(arms: Sequence[Arm], errors: Sequence[float]) -> float:
    """Half of the interval of a difference of two arms with these errors: Student's, with the degrees of freedom that Satterthwaite
    gives the two together. An error that few households made is itself known badly."""
    variance = sum(error**2 for error in errors)
    spent = sum(error**4 / arm.freedom for arm, error in zip(arms, errors, strict=True))
    return math.sqrt(variance) * float(t.ppf(0.5 + CONFIDENCE / 2, variance**2 / spent if spent else math.inf))


def split_tests(cells: Cells, span: Span, seed: int, splits: int = SPLITS) -> tuple[int, int]:
    """(A/A tests, how many found a lift): unexposed households cut in halves at random, measured as if one had been exposed."""
    control = ~cells.is_exposed
    twice = np.concatenate([np.flatnonzero(control)] * 2)
    if not len(twice):
        return 0, 0
    draws = np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32, 7])
    half = np.arange(len(twice)) < len(twice) // 2
    done = found = 0
    for number in range(splits):
        first = draws.binomial(cells.counts[control].astype(np.int64), 0.5).astype(float)
        halves = Cells(
            half, cells.covariates[twice], cells.observed[twice], cells.conversions[twice],
            np.concatenate([first, cells.counts[control] - first]), cells.first_week, cells.kept,
        )  # fmt: skip
        lift = measure(halves, span, seed + number + 1, SPLIT_REPLICATES)
        if lift.low is not None and lift.high is not None:
            done += 1
            found += lift.low > 0 or lift.high < 0
    return done, found


def _unseen(detectable: float | None) -> str:
    """What the data would not show; a figure of many digits would only say that there is nothing to see with."""
    if detectable is None:
        return "found no conversion"
    if detectable > LARGEST_NAMED:
        return "even a tenfold would go unseen"
    return f"a lift below {detectable:.0%} would go unseen"


def _withheld(found: Lift, verdict: str, reason: str, detectable: float | None = None) -> Lift:
    """Without any figure of effect. A span that was refused already keeps its own reason."""
    if found.verdict not in ("estimated", verdict):
        return found
    return Lift(
        found.span, verdict, reason, found.exposed, found.matched, found.controls, found.exposed_conversions,
        found.control_conversions, found.detectable if detectable is None else detectable, matched_cells=found.matched_cells,
    )  # fmt: skip


def _null_error(counts: Floats, conversions: Floats, matched: Booleans, weights: Floats) -> tuple[float, float]:
    """(standard error of the log ratio, expected conversions of the smaller arm) if the exposure brought nothing.

    From both arms' rate together: judged by one arm's own, power would be seen just where that arm happened to have sold much.
    """
    exposed = float(counts[matched].sum())
    control = float((counts * weights).sum()) ** 2 / float((counts * weights**2).sum())
    everyone = counts * (matched + weights)
    mean = float((everyone * conversions).sum() / everyone.sum())
    if mean == 0:
        return math.inf, 0.0
    dispersion = max(1.0, float((everyone * (conversions - mean) ** 2).sum() / everyone.sum()) / mean)
    return math.sqrt(dispersion / mean * (1 / exposed + 1 / control)), mean * min(exposed, control)
