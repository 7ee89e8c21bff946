"""From rows of saturation worlds to their part of the score sheet: figures with their bars, and the page's section."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.stats import binom

Json = dict[str, Any]
# A bar on a rate is missed only where a method that keeps it would look so bad once in a hundred times.
LEVEL = 0.01
ABLE = 0.92
NOT = "not_identifiable"
NOISES, COLLINEARITIES, DRIFTS = (0.1, 0.2, 0.4, 1.01), (-1.0, 0.3, 0.6, 1.01), (0.0, 0.05, 0.4, 9.0)


def summary(rows: Sequence[Json]) -> Json:
    """The figures and the tables of the part; `rows` as Row.told gives them."""
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in {row["kind"] for row in rows}}
    with_oracle = [row for row in kinds["accuracy"] if row["accuracy"] is not None]
    able = [row for row in with_oracle if row["oracle"] >= ABLE]
    general = kinds["accuracy"] + kinds["coverage"]
    curves = [row for row in general if row["accuracy"] is not None]
    identified = [row for row in general if row["verdict"] != NOT]
    said, true = [row for row in identified if row["verdict"] == "saturated"], [row for row in identified if row["is_saturated"]]
    figures = [
        *_against_oracle(with_oracle),
        _bar("Curve accuracy where the oracle reaches 0.92, median", _middle(able, "accuracy"), least=0.90, of=len(able)),
        _rate("Abstentions where the oracle reaches 0.92", [row["verdict"] == NOT for row in able], most=0.20),
        *_against_baselines(with_oracle),
        _bar(
            "Marginal response error where the oracle reaches 0.92, median",
            _middle(able, "marginal_error"),
            most=0.15,
            of=len(able),
        ),
        *(
            _rate(f"{share:.0%} interval holds the {what}", _inside(curves, place, share), least=low, most=high)
            for what, place in (("curve", "curve_place"), ("marginal response today", "marginal_place"))
            for share, low, high in ((0.80, 0.75, 0.85), (0.95, 0.92, 0.98))
        ),
        _rate(
            "False `saturated` where spend has no effect", [row["verdict"] == "saturated" for row in kinds["nothing"]], most=0.05
        ),
        _rate("Precision of `saturated` among what is identified", [row["is_saturated"] for row in said], least=0.90),
        _rate("Recall of `saturated` among what is identified", [row["verdict"] == "saturated" for row in true], least=0.90),
        _rate("Drift found where there is none", [_drifts(row) for row in curves if row["drift"] == 0], most=0.05),
        _rate(
            "Drift found where half-saturation moved by half or more", [_drifts(row) for row in curves if abs(row["drift"]) >= 0.4]
        ),
    ]
    return {
        "figures": figures,
        "abstentions": _abstentions(general, kinds["short"]),
        "kinds": [
            *(
                _kind(name, [row for row in with_oracle if row["family"] == name], lambda row: True)
                for name in _words(with_oracle, "family")
            ),
            _kind("own response", with_oracle, lambda row: not row["is_shared"]),
            _kind("one response of two shows", with_oracle, lambda row: row["is_shared"]),
            _kind("drifting half-saturation", with_oracle, lambda row: abs(row["drift"]) > 0.05),
            _kind("the public simulator", kinds["public"], lambda row: True),
        ],
        "counts": {kind: len(of) for kind, of in sorted(kinds.items())},
    }


def is_missed(part: Json) -> list[str]:
    """The titles of the bars that are not met."""
    return [figure["title"] for figure in part["figures"] if figure["is_met"] is False]


def section(part: Json) -> list[str]:
    """The page's lines; every number is one of the part's."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in part["counts"].items())
    lines = [
        "## Saturation", "",
        f"Worlds of weekly spend with a known curve ([how, and what the figures mean](saturation.md)): {counts}. Model "
        f"`{part['about']['version']}`, code digest `{part['about']['code_digest']}`. "
        "Accuracy is 1 − wMAPE of the curve over the 5th to 95th percentile of spend. "
        "A bar on a rate is an exact binomial test at 1 %.", "",
        "| figure | found | bar | worlds | |", "|---|---:|---:|---:|---|",
    ]  # fmt: skip
    for figure in part["figures"]:
        bar = _told(figure["least"], figure["most"])
        met = {True: "met", False: "**not met**", None: ""}[figure["is_met"]]
        lines.append(f"| {figure['title']} | {figure['found']:.3f} | {bar} | {figure['of']:,} | {met} |")
    if is_missed(part):
        lines += ["", "[What keeps the bars that are not met](saturation.md#what-keeps-the-two-bars)."]
    lines += [
        "",
        "### Saturation: accuracy by kind of world",
        "",
        "| worlds of | worlds | ours p10 | median | oracle p10 | median | 80 % interval holds |",
    ]
    lines += ["|---|---:|---:|---:|---:|---:|---:|"]
    for kind in part["kinds"]:
        shown = " | ".join(
            "" if kind[name] is None else f"{kind[name]:.3f}" for name in ("p10", "median", "oracle_p10", "oracle_median", "held")
        )
        lines.append(f"| {kind['name']} | {kind['worlds']:,} | {shown} |")
    lines += ["", "### Saturation: abstentions", "", "| by | of | worlds | not identifiable |", "|---|---|---:|---:|"]
    lines += [f"| {one['by']} | {one['of']} | {one['worlds']:,} | {one['share']:.1%} |" for one in part["abstentions"]]
    return [*lines, ""]


def _told(least: float | None, most: float | None) -> str:
    if least is None or most is None:
        return "" if least is most else f"at most {most:.3g}" if least is None else f"at least {least:.3g}"
    return f"{least:.3g} to {most:.3g}"


def _against_oracle(rows: Sequence[Json]) -> list[Json]:
    ours, oracle = _values(rows, "accuracy"), _values(rows, "oracle")
    return [
        _bar(
            f"Curve accuracy as a share of the oracle's, {name} ({np.quantile(ours, at):.3f} of {np.quantile(oracle, at):.3f})",
            float(np.quantile(ours, at) / np.quantile(oracle, at)), least=0.95, of=len(rows),
        )
        for name, at in (("median", 0.5), ("10th percentile", 0.1))
    ]  # fmt: skip


def _against_baselines(rows: Sequence[Json]) -> list[Json]:
    """Mean accuracy above that of each single window's fit and of the straight line: above 0 is better."""
    ours = _values(rows, "accuracy").mean()
    best = max(float(np.mean([row["windows"][place] for row in rows])) for place in range(len(rows[0]["windows"])))
    line = float(np.mean(np.clip(_values(rows, "linear"), -1, 1)))
    return [
        _bar("Mean accuracy above the best single window's", float(ours - best), least=0.0, of=len(rows)),
        _bar("Mean accuracy above a straight line's", float(ours - line), least=0.0, of=len(rows)),
    ]


def _bar(title: str, found: float, of: int, least: float | None = None, most: float | None = None) -> Json:
    is_met = (least is None or found >= least) and (most is None or found <= most)
    return {"title": title, "found": round(found, 4), "of": of, "least": least, "most": most, "is_met": is_met}


def _rate(title: str, cases: Iterable[bool], least: float | None = None, most: float | None = None) -> Json:
    """A share of independent worlds, one case each; the bar is missed where a test at LEVEL says that the rate is beyond it."""
    held = list(cases)
    met, of = sum(held), len(held)
    is_met: bool | None = None
    if of and (least is not None or most is not None):
        is_low = least is not None and binom.cdf(met, of, least) < LEVEL
        is_high = most is not None and binom.sf(met - 1, of, most) < LEVEL
        is_met = not (is_low or is_high)
    return {"title": title, "found": round(met / max(1, of), 4), "of": of, "least": least, "most": most, "is_met": is_met}


def _inside(rows: Sequence[Json], place: str, share: float) -> list[bool]:
    edge = (1 - share) / 2
    return [edge < row[place] < 1 - edge for row in rows]


def _drifts(row: Json) -> bool:
    return row["drift_p"] is not None and row["drift_p"] < 0.05


def _values(rows: Sequence[Json], name: str) -> Any:
    return np.array([row[name] for row in rows if row[name] is not None])


def _middle(rows: Sequence[Json], name: str) -> float:
    return float(np.median(_values(rows, name))) if rows else 0.0


def _words(rows: Sequence[Json], name: str) -> list[str]:
    return sorted({row[name] for row in rows})


def _kind(name: str, rows: Sequence[Json], holds: Callable[[Json], bool]) -> Json:
    of = [row for row in rows if holds(row) and row["accuracy"] is not None]
    found: Json = {
        "name": name,
        "worlds": len(of),
        "p10": None,
        "median": None,
        "oracle_p10": None,
        "oracle_median": None,
        "held": None,
    }
    if of:
        for prefix, column in (("", "accuracy"), ("oracle_", "oracle")):
            found[f"{prefix}p10"], found[f"{prefix}median"] = (
                round(float(one), 4) for one in np.quantile(_values(of, column), (0.1, 0.5))
            )
        found["held"] = round(float(np.mean(_inside(of, "curve_place", 0.8))), 4)
    return found


def _abstentions(general: Sequence[Json], short: Sequence[Json]) -> list[Json]:
    shared = [row for row in general if row["is_shared"]]
    tables: Mapping[str, tuple[Sequence[Json], str, Sequence[float]]] = {
        "noise, of the own response": (general, "noise", NOISES),
        "drift of half-saturation (log)": (general, "drift", DRIFTS),
        "collinearity, one response of two shows": (shared, "collinearity", COLLINEARITIES),
    }
    found = []
    for by, (rows, name, edges) in tables.items():
        for low, high in pairwise(edges):
            of = [row for row in rows if low <= (abs(row[name]) if name == "drift" else row[name]) < high]
            found.append({"by": by, "of": f"{low:g} to {high:g}", "worlds": len(of), "share": _share(of)})
    for weeks in sorted({row["weeks"] for row in short}):
        of = [row for row in short if row["weeks"] == weeks]
        found.append({"by": "weeks of history", "of": str(weeks), "worlds": len(of), "share": _share(of)})
    found.append({"by": "weeks of history", "of": "104", "worlds": len(general), "share": _share(general)})
    return found


def _share(rows: Sequence[Json]) -> float:
    refused = sum(1 for row in rows if row["verdict"] == NOT)
    return round(refused / max(1, len(rows)), 4)
