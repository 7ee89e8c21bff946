"""A bucket lets its rate through, whatever the order; the fault would be a limit that never ends, or none at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.collector.protocol import RefusalError
from api.collector.rates import Buckets, Rate, Rates, parse_rate


def test_rates_as_they_are_written() -> None:
    assert parse_rate("600000/minute") == Rate(600_000, 60)
    assert parse_rate(" 5/Second ") == Rate(5, 1)
    assert parse_rate("unlimited") is None
    for text in ("", "0/minute", "x/minute", "5", "5/day", "-1/second", "1.5/second"):
        with pytest.raises(ValueError, match="found the rate"):
            parse_rate(text)


def test_the_wait_that_is_named_is_enough_and_no_longer() -> None:
    buckets, rate = Buckets(), Rate(10, 10)
    assert buckets.take("a", 10, rate, 100.0) == 0
    assert buckets.take("a", 1, rate, 100.0) == pytest.approx(1.0)
    assert buckets.take("a", 1, rate, 100.9) == pytest.approx(0.1)
    assert buckets.take("a", 1, rate, 101.0) == 0
    assert buckets.take("b", 10, rate, 101.0) == 0


def test_a_batch_above_the_rate_passes_a_full_bucket_and_empties_it_for_longer() -> None:
    buckets, rate = Buckets(), Rate(10, 10)
    assert buckets.take("a", 50, rate, 0.0) == 0
    assert buckets.take("a", 1, rate, 10.0) == pytest.approx(31.0)
    assert buckets.take("a", 1, rate, 41.0) == 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 4)), max_size=200))
def test_no_more_than_the_rate_passes_in_any_stretch_of_time(steps: list[tuple[float, int]]) -> None:
    buckets, rate, now = Buckets(), Rate(10, 10), 1_000.0
    passed: list[tuple[float, int]] = []
    for pause, count in steps:
        now += pause
        if buckets.take("a", count, rate, now) == 0:
            passed.append((now, count))
    for at, (start, _) in enumerate(passed):
        for end in range(at, len(passed)):
            total = sum(count for _, count in passed[at : end + 1])
            # What the bucket held at the start, what came in since, and the last batch that a full bucket lets through.
            assert total <= 10 + (passed[end][0] - start) + 4


def test_strangers_cannot_grow_the_memory() -> None:
    buckets, rate = Buckets(largest=100), Rate(1, 1)
    for number in range(10_000):
        buckets.take(str(number), 1, rate, float(number) / 1_000)
    assert len(buckets._empty_at) <= 100


def test_a_site_s_own_rate_stands_above_the_process_s() -> None:
    rates = Rates(key=Rate(1, 60), network=Rate(5, 60))
    rates.take_key("own", 30, 10, 0.0)
    rates.take_key("other", 1, None, 0.0)
    with pytest.raises(RefusalError) as refused:
        rates.take_key("other", 1, None, 0.0)
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (429, "key_rate", 60)
    rates.take_network("203.0.113.0/24", 5, 0.0)
    rates.take_network(None, 5_000, 0.0)
    with pytest.raises(RefusalError, match="network"):
        rates.take_network("203.0.113.0/24", 1, 0.0)
    Rates().take_key("any", 10**9, None, 0.0)
