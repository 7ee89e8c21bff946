"""The way in: a panel of channels to a fit for each, all windows of all channels in vectorised batches on two threads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from assets.estimates.saturation.curves import curve_of, grid_of, parameter
from assets.estimates.saturation.design import Others, Scaled, adstocked, check, levels_and_ratios, references, scaled
from assets.estimates.saturation.posterior import Posterior, posteriors
from assets.estimates.saturation.shapes import Drift, Fit, Floats, Judgement, Panel, PanelError, Settings, WindowFit
from assets.estimates.saturation.verdicts import judge_curve

# Channels of one batch; a sponsor with more of them is pooled in parts of this size.
BATCH = 16
# Below this a response cannot be told from none (natural log of the odds).
LEAST_EVIDENCE = 3.0
# What a channel with the same response is first thought to do: carry-over, half-saturation in references.
FIRST_CARRY, FIRST_HALF = 0.35, 1.0


def fit(panel: Panel, settings: Settings | None = None, seed: int = 0) -> list[Fit]:
    """One Fit for each channel, in the panel's order. The same panel, settings and seed give the same fits.

    Raises PanelError where the panel cannot be read; a channel that teaches nothing is `not_identifiable`, with its reason.
    """
    settings = settings or Settings()
    check(panel)
    reference = references(panel)
    levels, ratios, counts = levels_and_ratios(panel, reference, max(settings.windows))
    refusals = [_refusal(*each, settings) for each in zip(levels, ratios, counts, strict=True)]
    usable = [place for place, refusal in enumerate(refusals) if not refusal]
    found = _posteriors(panel, reference, usable, settings, seed)

    def one(place: int) -> Fit:
        about = (float(reference[place]), int(counts[place]), int(levels[place]), float(ratios[place]))
        if place not in found:
            return _refused(panel, place, refusals[place], about, settings, seed)
        return _fit(panel, place, found[place], about, settings, seed)

    return [one(place) for place in range(len(panel.keys))]


def _refusal(levels: int, ratio: float, weeks: int, settings: Settings) -> str:
    """Why the rules let no curve be said, "" where they do (domain rules, section 8)."""
    longest = max(settings.windows)
    if weeks == 0:
        return "no week has a response: there is nothing to fit"
    if levels < settings.fewest_levels:
        return (
            f"spend had {levels} distinct weekly levels in the {weeks} weeks with a response of the last {longest}, "
            f"and {settings.fewest_levels} are needed: vary it from week to week"
        )
    if ratio < settings.least_ratio:
        return (
            f"spend varied {ratio:.2f}-fold over the last {longest} weeks, and {settings.least_ratio:g}-fold is needed: "
            "a curve cannot be seen where spend hardly moves"
        )
    return ""


def _posteriors(panel: Panel, reference: Floats, usable: list[int], settings: Settings, seed: int) -> dict[int, Posterior]:
    """By channel. Channels that share a response are fitted twice: the second time beside what the first said of the others."""
    batches = _batches(panel, usable)
    sharing = _sharing(panel)
    expected = adstocked(panel.spend / reference[:, None], np.full((len(panel.keys), 1), FIRST_CARRY))[:, 0]
    expected = expected / (expected + FIRST_HALF) * (1 + FIRST_HALF)
    found: dict[int, Posterior] = {}
    for _ in range(2 if any(len(others) > 1 for others in sharing.values()) else 1):
        data = scaled(panel, reference, _others(panel, sharing, expected))

        def run(batch: list[list[int]], data: Scaled = data) -> list[Posterior]:
            places = [place for group in batch for place in group]
            index = {place: number for number, place in enumerate(places)}
            part = Scaled(*(getattr(data, name)[places] for name in Scaled.__dataclass_fields__))
            lifts = [[study for study in panel.lifts if study.channel == place] for place in places]
            return posteriors(part, lifts, [[index[place] for place in group] for group in batch], settings, seed)

        with ThreadPoolExecutor(max_workers=settings.workers) as pool:
            for batch, done in zip(batches, pool.map(run, batches), strict=True):
                found.update(zip((place for group in batch for place in group), done, strict=True))
        for place, one in found.items():
            expected[place] = one.expected
    return found


def _batches(panel: Panel, usable: list[int]) -> list[list[list[int]]]:
    """Whole groups together up to BATCH channels; groups that are larger are cut."""
    groups: dict[str, list[int]] = {}
    for place in usable:
        groups.setdefault(panel.groups[place], []).append(place)
    parts = [group[begin : begin + BATCH] for group in groups.values() for begin in range(0, len(group), BATCH)]
    batches: list[list[list[int]]] = []
    for part in parts:
        if batches and sum(map(len, batches[-1])) + len(part) <= BATCH:
            batches[-1].append(part)
        else:
            batches.append([part])
    return batches


def _sharing(panel: Panel) -> dict[str, list[int]]:
    named = panel.responses or panel.keys
    if len(named) != len(panel.keys):
        raise PanelError(f"found {len(named)} responses for {len(panel.keys)} channels, expected one word for each")
    sharing: dict[str, list[int]] = {}
    for place, name in enumerate(named):
        sharing.setdefault(name, []).append(place)
    return sharing


def _others(panel: Panel, sharing: dict[str, list[int]], expected: Floats) -> Others | None:
    most = max((len(places) for places in sharing.values()), default=1) - 1
    if most < 1:
        return None
    others = Others(np.zeros((*panel.spend.shape, most)), np.zeros((len(panel.keys), most)))
    spent = panel.spend.sum(axis=1)
    for places in sharing.values():
        paid = [place for place in places if spent[place]]
        for place in places:
            for column, other in enumerate(one for one in paid if one != place):
                others.expected[place, :, column] = expected[other]
                others.parts[place, column] = spent[other] / spent[paid].sum()
    return others


def _refused(panel: Panel, place: int, refusal: str, about: tuple[float, int, int, float], settings: Settings, seed: int) -> Fit:
    judged = Judgement(
        "not_identifiable", refusal, float(panel.today[place]), float(panel.margin[place]), None, None, None, None, None
    )
    return Fit(
        panel.keys[place], panel.groups[place], judged, False, refusal, *about, None, Drift(None, None, False), (), None,
        np.empty((0, 3)), settings, seed,
    )  # fmt: skip


def _fit(panel: Panel, place: int, found: Posterior, about: tuple[float, int, int, float], settings: Settings, seed: int) -> Fit:
    reference = about[0]
    grid = grid_of(max(float(panel.spend[place].max()), float(panel.today[place]), reference))
    windows = tuple(
        WindowFit(
            weeks=weeks,
            observed=int(np.isfinite(panel.response[place, -weeks:]).sum()),
            weight=float(found.weights[number]),
            score=None if np.isnan(found.scores[number]) else float(found.scores[number]),
            adstock=parameter(found.carries[number]),
            half_saturation=parameter(found.draws[number][:, 1] / reference),
            slope=parameter(found.draws[number][:, 2]),
            amplitude=parameter(found.draws[number][:, 0]),
            curve=curve_of(found.draws[number], grid, reference),
        )
        for number, weeks in enumerate(settings.windows)
    )
    stacked = curve_of(found.stacked, grid, reference)
    refusal = ""
    if found.evidence < LEAST_EVIDENCE:
        refusal = (
            f"the response cannot be told from one that spend has no part in (log odds {found.evidence:.1f}, "
            f"{LEAST_EVIDENCE:g} are needed): noise, too short a history, or spend that moves with something else"
        )
    judged = judge_curve(stacked, float(panel.today[place]), float(panel.margin[place]), settings.certainty)
    if refusal:
        judged = replace(judged, verdict="not_identifiable", reason=refusal)
    return Fit(
        panel.keys[place], panel.groups[place], judged, not refusal, refusal, *about, found.evidence, found.drift, windows,
        stacked, found.stacked, settings, seed,
    )  # fmt: skip
