"""What the fraud score's tallies are of: a slip here would flatter the score sheet."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.score import fraud
from benchmarks.score.fraud import FraudCounts, _add, count_fraud, tallies


def test_suspects_are_counted_against_their_labels_and_money_is_that_of_honest_orders() -> None:
    counts = FraudCounts()
    for kind, is_fraud, is_suspect, minor in (
        ("burst", True, True, 500), ("burst", True, False, 500), ("office", False, True, 30), ("ordinary", False, False, 70),
    ):  # fmt: skip
        _add(counts, kind, is_fraud, is_suspect, minor)
    found = {(one.figure, one.group): (one.met, one.of) for one in tallies(counts)}
    assert found == {
        ("fraud_precision", "all"): (1, 2),
        ("fraud_recall", "all"): (1, 2),
        ("fraud_honest_revenue", "all"): (30, 100),
        ("fraud_suspects", "burst"): (1, 2),
        ("fraud_suspects", "office"): (1, 1),
        ("fraud_suspects", "ordinary"): (0, 1),
    }


@pytest.mark.parametrize("labels", [[], ["one,s,gone,burst,1"]])
def test_a_world_that_no_scheme_preyed_on_is_honest_and_unscored_labels_are_an_error(
    labels: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 6 of the score's worlds has no campaign that a scheme could use."""
    (tmp_path / "fraud.csv").write_text("\n".join(["tenant,sponsor_id,order_id,kind,is_fraud", *labels]) + "\n", "utf-8")
    scored = [("one", "s", "o-1", False, 4_990)]
    monkeypatch.setattr(fraud.psycopg, "connect", lambda _: nullcontext(SimpleNamespace(execute=lambda _: scored)))
    if labels:
        with pytest.raises(ValueError, match="none of them scored"):
            count_fraud("", tmp_path)
    else:
        assert count_fraud("", tmp_path) == FraudCounts(passed_honest=1, honest_minor=4_990, by_kind={"ordinary": [0, 1]})
