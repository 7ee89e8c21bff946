"""What a measurement depends on: the code's digest keys the seeds that are done, the models' versions stand in the sheet."""

import hashlib
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from api.marts.explanation import BUILT_IN_VERSION
from assets.estimates.verdicts import MODEL_VERSION
from orchestration.settings import PROJECT_ROOT

# Whatever makes a world, lands it, builds it or measures it; how the sheet is written is none of it.
MATTERS = (
    "simulation", "assets", "api/collector", "orchestration/migrations", "dbt_project/models", "dbt_project/macros",
    "dbt_project/seeds", "benchmarks/score",
)  # fmt: skip
SUFFIXES = {".py", ".sql", ".csv", ".yml"}
WRITING = {"sheet.py", "__main__.py", "figures.py"}
# What only the parts of saturation, lift and forecasts in worlds of arrays depend on: they have worlds and digests of their own.
APART = (
    "saturation", "saturation.py", "saturation_rows.py", "saturation_public.py", "saturation_oracle.py", "saturation_sheet.py",
    "handfuls.py", "campaigns.py", "campaigns_sheet.py", "lift_worlds.py", "forecast_worlds.py", "forecast.py",
    "forecast_campaigns.py",
)  # fmt: skip


def model_versions() -> Mapping[str, str]:
    """The version of each kind of model that is measured; a sheet that names others is stale."""
    return {"built-in models": BUILT_IN_VERSION, "data-driven models": MODEL_VERSION}


def code_digest(root: Path = PROJECT_ROOT) -> str:
    """16 hex digits that change with whatever a seed's figures depend on."""
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _files(root: Path) -> Iterable[Path]:
    found = (path for folder in MATTERS for path in (root / folder).rglob("*"))
    return sorted(
        path
        for path in found
        if path.suffix in SUFFIXES
        and not (path.parent.name == "score" and path.name in WRITING)
        and "__pycache__" not in path.parts
        and not (path.suffix == ".py" and not {path.name, path.parent.name}.isdisjoint(APART))
    )


def commit(root: Path = PROJECT_ROOT) -> str:
    """The commit that is checked out, with a word where files that matter differ from it; `unknown` outside a repository."""
    head = _git(root, "rev-parse", "--short=12", "HEAD")
    if not head:
        return "unknown"
    return f"{head} and uncommitted changes" if _git(root, "status", "--porcelain", "--", *MATTERS) else head


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
