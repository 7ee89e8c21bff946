"""What the fraud score's tallies are of: a slip here would flatter the score sheet."""

from benchmarks.score.fraud import FraudCounts, _add, tallies


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
