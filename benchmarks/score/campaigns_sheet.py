"""From rows of lift and forecast worlds to their part of the score sheet: figures with their bars, the power curve, the section."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

Json = dict[str, Any]
# A rate misses what is stated of it only where a right method would look so far off once in a hundred times.
LEVEL = 0.01
NOMINAL = 0.05
DETECTABLE = (0.0, 0.15, 0.3, 0.6, 1.0)
NAMES = {"ads": "ads delivered", "downloads": "downloads", "conversions": "conversions"}


def summary(rows: Sequence[Json]) -> Json:
    """The figures and the tables of the part; `rows` as campaigns.rows_of gives them."""
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in ("effect", "nothing", "hidden", "forecast")}
    effect, nothing, hidden = (
        [row for row in kinds[kind] if row["verdict"] == "estimated"] for kind in ("effect", "nothing", "hidden")
    )
    placebos = [row for row in kinds["effect"] + kinds["nothing"] if row["placebo_low"] is not None]
    splits = [sum(row[name] for row in kinds["nothing"]) for name in ("splits_positive", "splits")]
    figures = [
        _stated("Lift: 95 % intervals that hold the effect", [row["low"] <= row["truth"] <= row["high"] for row in effect], 0.95),
        _stated("Lift found where there is none", [_is_found(row["low"], row["high"]) for row in nothing], NOMINAL),
        _stated(
            "Lift found in the four weeks before the exposure",
            [_is_found(row["placebo_low"], row["placebo_high"]) for row in placebos],
            NOMINAL,
        ),
        # Halves of one world's households are no independent cases: told, not tested.
        {
            "title": "Lift found between random halves (A/A)", "found": _share(*splits), "of": splits[1], "stated": NOMINAL,
            "is_met": None,
        },
        {
            "title": "Lift: error of the median estimate on the log scale",
            "found": round(float(np.median([np.log1p(max(row["lift"], -0.99)) - np.log1p(row["truth"]) for row in effect])), 4),
            "of": len(effect), "stated": None, "is_met": None,
        },
        _told(
            "Worlds whose exposed buy more for a reason that nothing shows: told as not comparable",
            [not row["is_comparable"] for row in hidden],
        ),
        _told("Worlds with too little power for a number", [row["verdict"] == "too_little_power" for row in kinds["effect"]]),
    ]  # fmt: skip
    for figure, name in NAMES.items():
        figures += _of_forecasts(name, [row for row in kinds["forecast"] if row["figure"] == figure])
    return {
        "figures": figures,
        "power": _power(effect + nothing),
        "chances": _chances([row for row in kinds["forecast"] if row["chance"] is not None]),
        "counts": {"effect": len(kinds["effect"]), "nothing": len(kinds["nothing"]), "hidden": len(kinds["hidden"]),
                   "forecast": len(kinds["forecast"]) // len(NAMES)},
    }  # fmt: skip


def is_missed(part: Json) -> list[str]:
    """The titles of the bars that are not met."""
    return [figure["title"] for figure in part["figures"] if figure["is_met"] is False]


def section(part: Json) -> list[str]:
    """The page's lines; every number is one of the part's."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in part["counts"].items())
    lines = [
        "## Lift and forecasts", "",
        "Worlds of households with a known effect ([how](lift.md)) and of flights whose rest is known ([how](delivery.md)): "
        f"{counts}. Code digest `{part['about']['code_digest']}`. A rate is held to what is stated of it by an exact binomial test "
        "at 1 %.", "",
        "| figure | found | stated | cases | |", "|---|---:|---:|---:|---|",
    ]  # fmt: skip
    for figure in part["figures"]:
        stated = "" if figure["stated"] is None else f"{figure['stated']:.3g}"
        met = {True: "met", False: "**not met**", None: ""}[figure["is_met"]]
        lines.append(f"| {figure['title']} | {figure['found']:.3f} | {stated} | {figure['of']:,} | {met} |")
    lines += [
        "", "### Lift: power", "", "Of the worlds shown with a number, those whose interval lies above 0, by the true lift and the "
        "smallest lift that a study said it would see with a probability of 80 %.", "",
        "| true lift | " + " | ".join(f"{low:.0%} to {high:.0%}" for low, high in _pairs()) + " |",
        "|---:|" + "---:|" * len(_pairs()),
    ]  # fmt: skip
    for row in part["power"]:
        shown = (f"{cell['found']:.0%} of {cell['of']:,}" if cell["of"] else "" for cell in row["cells"])
        lines.append(f"| {row['true_lift']:.0%} | " + " | ".join(shown) + " |")
    lines += ["", "### Guarantees", "", "Flights by the chance that was given to reach a contract, and how many did.", ""]
    lines += ["| chance given | flights | reached |", "|---|---:|---:|"]
    lines += [f"| {row['from']:.0%} to {row['to']:.0%} | {row['of']:,} | {row['found']:.0%} |" for row in part["chances"]]
    return [*lines, ""]


def _of_forecasts(name: str, rows: Sequence[Json]) -> list[Json]:
    """Each flight's error is a share of its own total: summed up, the few largest shows would decide alone."""
    of = [row for row in rows if row["verdict"] == "estimated" and row["truth"] > 0]
    ours, naive = (
        float(np.median([abs(row[column] - row["truth"]) / row["truth"] for row in of])) if of else 0.0
        for column in ("expected", "naive")
    )
    return [
        {
            "title": f"Forecast of {name}: median error, at most that of the last week again", "found": round(ours, 4),
            "of": len(of), "stated": round(naive, 4), "is_met": bool(ours <= naive),
        },
        _told(f"Forecast of {name}: 80 % intervals that hold", [row["low"] <= row["truth"] <= row["high"] for row in of], 0.8),
        _told(
            f"Forecast of {name}: 95 % intervals that hold", [row["low_95"] <= row["truth"] <= row["high_95"] for row in of], 0.95
        ),
    ]  # fmt: skip


def _stated(title: str, cases: Iterable[bool], rate: float) -> Json:
    """A share of independent worlds that must not differ from what is stated of it."""
    held = list(cases)
    is_met = bool(binomtest(sum(held), len(held), rate).pvalue >= LEVEL) if held else None
    return {"title": title, "found": _share(sum(held), len(held)), "of": len(held), "stated": rate, "is_met": is_met}


def _told(title: str, cases: Iterable[bool], rate: float | None = None) -> Json:
    held = list(cases)
    return {"title": title, "found": _share(sum(held), len(held)), "of": len(held), "stated": rate, "is_met": None}


def _is_found(low: float, high: float) -> bool:
    return low > 0 or high < 0


def _share(met: int, of: int) -> float:
    return round(met / max(1, of), 4)


def _pairs() -> list[tuple[float, float]]:
    return list(itertools.pairwise(DETECTABLE))


def _power(rows: Sequence[Json]) -> list[Json]:
    table = []
    for lift in sorted({row["true_lift"] for row in rows}):
        cells = []
        for low, high in _pairs():
            of = [row for row in rows if row["true_lift"] == lift and low < row["detectable"] <= high]
            cells.append({"of": len(of), "found": _share(sum(row["low"] > 0 for row in of), len(of))})
        table.append({"true_lift": lift, "cells": cells})
    return table


def _chances(rows: Sequence[Json]) -> list[Json]:
    table = []
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0001)):
        of = [row for row in rows if low <= row["chance"] < high]
        table.append(
            {"from": low, "to": min(high, 1.0), "of": len(of), "found": _share(sum(row["is_reached"] for row in of), len(of))}
        )
    return table
