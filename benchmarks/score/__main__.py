"""`make score`, or `python -m benchmarks.score`: measure, and write docs/score-sheet.json and docs/score-sheet.md."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.score import campaigns_sheet
from benchmarks.score.campaigns import WORLDS as CAMPAIGN_WORLDS
from benchmarks.score.campaigns import measure_campaigns
from benchmarks.score.parts import missing
from benchmarks.score.runs import Done, ScoreError, measure
from benchmarks.score.saturation import WORLDS, measure_saturation
from benchmarks.score.saturation_sheet import is_missed
from benchmarks.score.sheet import Json, markdown, summary
from benchmarks.score.versions import code_digest, commit, model_versions
from orchestration.settings import PROJECT_ROOT, settings

SEEDS = 20
# Parts with worlds of their own: each can be measured alone.
APART = ("saturation", "campaigns")
SHEET = PROJECT_ROOT / "docs" / "score-sheet.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0; 1 where a seed could not be measured; 3 where a bar is missed (the sheet is written)."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()

    def tell(line: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - began:5.0f} s] {line}\n")
        sys.stderr.flush()

    if options.part in APART:
        return _report(_renewed(options, tell), tell)
    digest, at = code_digest(), commit()
    home = settings().home / "score"
    folder = home / f"{options.world}-{digest}"
    seeds = range(options.first, options.first + options.seeds)
    tell(f"{options.seeds} worlds of {options.world}; what is done is kept in {folder}")
    try:
        done = measure(options.world, seeds, folder, home, tell, options.workers)
    except ScoreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sheet = _sheet(options.world, done, digest, at)
    before: Json = json.loads(options.out.read_text("utf-8")) if options.out.exists() else {}
    for part in APART:
        if options.part == "all":
            sheet[part] = _measured(part, options, tell)
        elif part in before:
            sheet[part] = before[part]
    write(sheet, options.out)
    tell(f"written: {options.out} and {options.out.with_suffix('.md')}")
    return _report(sheet, tell)


def _renewed(options: argparse.Namespace, tell: Callable[[str], None]) -> Json:
    """The sheet that is there, the part that is asked for measured anew, written."""
    sheet: Json = json.loads((options.out if options.out.exists() else SHEET).read_text("utf-8"))
    sheet[options.part] = _measured(options.part, options, tell)
    write(sheet, options.out)
    tell(f"written: {options.out} and {options.out.with_suffix('.md')}")
    return sheet


def _measured(part: str, options: argparse.Namespace, tell: Callable[[str], None]) -> Json:
    home = settings().home / "score"
    if part == "saturation":
        return measure_saturation(home, tell, options.saturation_worlds, options.workers)
    return measure_campaigns(home, tell, options.campaign_worlds, options.workers)


def _report(sheet: Json, tell: Callable[[str], None]) -> int:
    missed = [figure["title"] for figure in sheet["figures"].values() for row in figure["rows"] if row["is_met"] is False]
    missed += is_missed(sheet["saturation"]) if "saturation" in sheet else []
    missed += campaigns_sheet.is_missed(sheet["campaigns"]) if "campaigns" in sheet else []
    for title in missed:
        tell(f"the bar is missed: {title}")
    return 3 if missed else 0


def write(sheet: Json, path: Path) -> None:
    """The JSON at `path` and the page beside it."""
    path.write_text(json.dumps(sheet, indent=1, ensure_ascii=False) + "\n", "utf-8")
    path.with_suffix(".md").write_text(markdown(sheet), "utf-8")


def _sheet(world: str, done: Sequence[Done], digest: str, at: str) -> Json:
    totals = dict.fromkeys(("lost_share", "organic_share"), (0.0, 0.0))
    for tally in (tally for one in done for tally in one.tallies):
        if tally.figure in totals and tally.group in ("all", "truth"):
            met, of = totals[tally.figure]
            totals[tally.figure] = (met + tally.met, of + tally.of)
    about: Json = {
        "world": world,
        "measured_on": datetime.now(UTC).date().isoformat(),
        "commit": at,
        "code_digest": digest,
        "versions": dict(model_versions()),
        "orders": int(totals["lost_share"][1]),
        "organic_share": round(totals["organic_share"][0] / max(1.0, totals["organic_share"][1]), 6),
        "seconds_a_seed": round(sum(one.seconds for one in done) / max(1, len(done)), 1),
    }
    return summary({one.seed: one.tallies for one in done}, about, missing(tally for one in done for tally in one.tallies))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.score", description="Accuracy against simulated worlds' truth.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"how many worlds (default {SEEDS})")
    parser.add_argument("--first", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--world", default="score", help="the kind of world (default score; tiny for a try)")
    parser.add_argument("--part", choices=("all", "worlds", *APART), default="all", help="measure all, or this part alone")
    parser.add_argument("--saturation-worlds", type=int, default=WORLDS, help=f"worlds for coverage (default {WORLDS})")
    parser.add_argument("--campaign-worlds", type=int, default=CAMPAIGN_WORLDS, help=f"worlds of lift (default {CAMPAIGN_WORLDS})")
    parser.add_argument("--workers", type=int, default=2, help="processes, each with a server of its own (default 2)")
    parser.add_argument("--out", type=Path, default=SHEET, help="the JSON to write; the page is written beside it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
