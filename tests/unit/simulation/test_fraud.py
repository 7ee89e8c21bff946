"""Labelled fraud: a world of its own knob, whose other files it does not change, and whose labels are of orders that were sent."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from simulation import make_world

NOW = "2026-08-01T12:00:00Z"
FRAUD = {
    "code_farming", "hosted_orders", "click_injection", "click_flooding", "device_reuse", "burst", "code_guessing", "proxy_farming",
}  # fmt: skip
HONEST = {"office", "flash_sale", "family", "careful_buyers"}


def rows(world: Path, name: str) -> list[dict[str, str]]:
    with (world / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("fraud")
    return [make_world("tiny", seed, NOW, folder / f"tiny-{seed}", has_fraud=True) for seed in (7, 8, 9)]


def test_without_the_knob_there_is_none_and_with_it_the_truth_of_all_else_stays(tiny: Path, worlds: list[Path]) -> None:
    assert rows(tiny, "fraud") == []
    for name in ("requests", "downloads_daily", "orders", "refunds", "campaigns", "users"):
        assert rows(worlds[0], name) == rows(tiny, name), name


def test_every_kind_occurs_in_a_few_worlds_and_each_label_is_of_one_order_that_was_sent(worlds: list[Path]) -> None:
    labels = [label for world in worlds for label in rows(world, "fraud")]
    assert {label["kind"] for label in labels if label["is_fraud"] == "1"} == FRAUD
    assert {label["kind"] for label in labels if label["is_fraud"] == "0"} == HONEST
    for world in worlds:
        mine = rows(world, "fraud")
        assert max(Counter((one["tenant"], one["order_id"]) for one in mine).values()) == 1
        sent = {json.loads(line)["body"].get("messageId") for line in (world / "events.jsonl").read_text("utf-8").splitlines()}
        assert {one["message_id"] for one in mine} <= sent
        honest = {(one["tenant"], one["order_id"]) for one in rows(world, "orders")}
        assert not honest & {(one["tenant"], one["order_id"]) for one in mine}


def test_the_same_seed_gives_the_same_fraud(worlds: list[Path], tmp_path: Path) -> None:
    again = make_world("tiny", 7, NOW, tmp_path / "again", has_fraud=True)
    assert (again / "truth" / "fraud.csv").read_bytes() == (worlds[0] / "truth" / "fraud.csv").read_bytes()
    assert (again / "events.jsonl").read_bytes() == (worlds[0] / "events.jsonl").read_bytes()
