"""A tiny world for all tests of this folder, and one middling tenant for rates that need numbers."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulation import make_world
from simulation.clock import parse_now
from simulation.oracle import TruthFiles
from simulation.specs import DEMO, TenantSpec
from simulation.tenant import Frame, make_tenant

NOW = "2026-08-01T12:00:00Z"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_world("tiny", 7, NOW, tmp_path_factory.mktemp("worlds") / "tiny-7", "http://127.0.0.1:8803")


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first network of `demo` with a sixth of its requests."""
    spec = DEMO[0]
    small = TenantSpec(
        spec.slug,
        spec.name,
        spec.currency,
        spec.timezone,
        spec.shows,
        18_000,
        8_000,
        spec.sponsors,
        200,
        spec.flights,
        has_day_abuser=True,
    )
    folder = tmp_path_factory.mktemp("network")
    with TruthFiles(folder / "truth") as truth:
        document = make_tenant(Frame(3, parse_now(NOW), "http://127.0.0.1:8803", folder), 0, small, truth, folder / "events.part")
    (folder / "app.json").write_text(json.dumps({"tenants": [document]}), "utf-8")
    return folder


@pytest.fixture(scope="session")
def truth() -> Callable[[Path, str], list[dict[str, Any]]]:
    """Reads one truth file of a world as dictionaries."""

    def read(world: Path, name: str) -> list[dict[str, Any]]:
        with (world / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read
