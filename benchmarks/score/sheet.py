"""From seeds' tallies to the sheet: docs/score-sheet.json for machines, and docs/score-sheet.md, which is made of it alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import beta

from benchmarks.score import campaigns_sheet
from benchmarks.score.figures import FIGURES, Figure, Tally
from benchmarks.score.saturation_sheet import section

Json = dict[str, Any]
CONFIDENCE = 0.95
MODEL_NAMES: Mapping[str, str] = {
    "first_touch": "first touch", "last_touch": "last touch", "linear": "linear", "time_decay": "time decay",
    "position_based": "position-based", "owner": "evidence owner", "markov": "Markov", "shapley": "Shapley", "": "–",
}  # fmt: skip
TITLES: Mapping[str, str] = {
    "credit": "Credit", "deterministic": "Deterministic evidence", "households": "Household match", "revenue": "Revenue",
    "lift": "Lift of campaigns", "fraud": "Fraud score",
}  # fmt: skip


def summary(seeds: Mapping[int, Iterable[Tally]], about: Json, missing: Sequence[str] = ()) -> Json:
    """All figures over the seeds: the median, 10th and 90th percentile of the seeds' own ratios, and the pooled ratio."""
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for seed in sorted(seeds):
        for tally in seeds[seed]:
            found[tally.figure, tally.group, tally.model].append((tally.met, tally.of))
    figures: Json = {}
    for name, figure in FIGURES.items():
        made = (_row(figure, group, model, pairs) for (of, group, model), pairs in found.items() if of == name)
        rows = [row for row in made if row is not None]
        if rows:
            rows.sort(key=lambda row: (row["group"] != "all", row["group"], list(MODEL_NAMES).index(row["model"])))
            told = {"part": figure.part, "title": figure.title, "definition": figure.definition, "bar": figure.bar}
            figures[name] = {**told, "is_least": figure.is_least, "rows": rows}
    return {"about": {**about, "seeds": sorted(seeds)}, "figures": figures, "missing": list(missing)}


def _row(figure: Figure, group: str, model: str, pairs: Sequence[tuple[float, float]]) -> Json | None:
    """None where no seed had a case."""
    ratios = [met / of for met, of in pairs if of > 0]
    if not ratios:
        return None
    met, of = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    low, middle, high = (round(float(one), 6) for one in np.percentile(ratios, (10, 50, 90)))
    row: Json = {"group": group, "model": model, "seeds": len(ratios), "p10": low, "median": middle, "p90": high}
    row |= {"met": round(met, 3), "of": round(of, 3), "pooled": round(met / of, 6), "interval": None, "is_met": None}
    if figure.is_count:
        row["interval"] = [round(one, 6) for one in exact_interval(round(met), round(of))]
    if figure.bar is not None and group == "all":
        row["is_met"] = met / of >= figure.bar if figure.is_least else met / of <= figure.bar
    return row


def exact_interval(met: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Clopper and Pearson's interval of a rate of `met` in `of` cases."""
    rest = (1 - confidence) / 2
    low = 0.0 if met == 0 else float(beta.ppf(rest, met, of - met + 1))
    high = 1.0 if met == of else float(beta.ppf(1 - rest, met + 1, of - met))
    return low, high


def markdown(sheet: Json) -> str:
    """The sheet as people read it; every number in it is one of the JSON's."""
    about = sheet["about"]
    seeds = about["seeds"]
    lines = [
        "# Score sheet", "",
        "Written by `make score`, never by hand ([how accuracy is judged](score.md)); the same figures for machines: "
        "[score-sheet.json](score-sheet.json).", "",
        f"- **Worlds**: {len(seeds)} of `{about['world']}`, seeds {_ranges(seeds)}; {about['orders']:,} orders, of which "
        f"{_percent(about['organic_share'])} no ad caused.",
        f"- **Measured** {about['measured_on']} at commit `{about['commit']}`, code digest `{about['code_digest']}`.",
        f"- **Versions**: {'; '.join(f'{name} {version}' for name, version in about['versions'].items())}.",
        "- **Columns**: the 10th percentile, median and 90th percentile of the seeds' own figures; pooled over all seeds; the "
        f"exact {_percent(CONFIDENCE, 0)} binomial interval of the pooled rate where it counts cases (Clopper and Pearson).", "",
    ]  # fmt: skip
    for part in dict.fromkeys(figure["part"] for figure in sheet["figures"].values()):
        lines += [f"## {TITLES.get(part, part.title())}", ""]
        for name, figure in sheet["figures"].items():
            if figure["part"] == part:
                lines += _figure(name, figure)
    if "saturation" in sheet:
        lines += section(sheet["saturation"])
    if "campaigns" in sheet:
        lines += campaigns_sheet.section(sheet["campaigns"])
    if sheet["missing"]:
        lines += ["## Not measured", "", *(f"- {sentence}" for sentence in sheet["missing"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _figure(name: str, figure: Json) -> list[str]:
    lines = [f"### {figure['title']}", "", f"{figure['definition']} (`{name}`)", ""]
    for row in figure["rows"]:
        if row["is_met"] is not None:
            sense = "at least" if figure["is_least"] else "at most"
            low, high = row["interval"] or (row["p10"], row["p90"])
            verdict = "met" if row["is_met"] else "**not met**"
            lines += [
                f"Bar: {sense} {_percent(figure['bar'])}: {verdict} with {_percent(row['pooled'], 2)} "
                f"({_percent(low, 2)} to {_percent(high, 2)}).",
                "",
            ]
    lines += ["| of | model | p10 | median | p90 | pooled | cases | interval |", "|---|---|---:|---:|---:|---:|---:|---:|"]
    for row in figure["rows"]:
        interval = "" if row["interval"] is None else " to ".join(_percent(one) for one in row["interval"])
        shares = " | ".join(_percent(row[column]) for column in ("p10", "median", "p90", "pooled"))
        cases = f"{row['of']:,.0f}" if row["interval"] is not None else ""
        lines.append(f"| {row['group']} | {MODEL_NAMES[row['model']]} | {shares} | {cases} | {interval} |")
    return [*lines, ""]


def _percent(share: float, digits: int = 1) -> str:
    return f"{share * 100:.{digits}f} %"


def _ranges(seeds: Sequence[int]) -> str:
    """`1–20, 25`."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][-1] + 1:
            runs[-1].append(seed)
        else:
            runs.append([seed])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
