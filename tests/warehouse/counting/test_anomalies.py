"""Anomalies planted into an honest seasonal show are found; without them, days are found at no more than the stated rate."""

import hashlib
import random
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

MODELS = ("+download_anomalies",)
DAYS = 112
START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
AS_OF = {"build_as_of": (START + timedelta(days=DAYS)).isoformat()}
APPS = (("Pods/1", 0.5), ("Cast/2", 0.3), ("Tuner/3", 0.2))
# docs/anomalies.md states it: at most so many of an honest show's days are called an anomaly.
FALSE_POSITIVE_RATE = 0.005
Days = list[list[tuple[str, str, bool]]]


def poisson(chance: random.Random, mean: float) -> int:
    return max(0, round(chance.gauss(mean, mean**0.5))) if mean > 30 else sum(chance.random() < mean / 200 for _ in range(200))


def honest_show(seed: int, level: float) -> Days:
    """Downloads as (household, agent, heard whole), by day: a weekly release, a weekly season, growth, and Poisson's chance."""
    chance = random.Random(seed)  # noqa: S311
    weekday = (1.0, 1.9, 1.4, 1.0, 0.9, 0.6, 0.7)
    days = []
    for day in range(DAYS):
        count = poisson(chance, level * weekday[day % 7] * 1.004**day)
        agents = chance.choices([name for name, _ in APPS], [share for _, share in APPS], k=count)
        # A hundred times as many households as downloads a day, a few of which fetch several episodes.
        days.append([(f"{seed}-{chance.randrange(int(level * 100))}", agent, chance.random() < 0.6) for agent in agents])
    return days


def plant(warehouse: Any, days: Days) -> tuple[int, uuid.UUID]:
    """One request a download, an episode each week, in tables as the logs leave them."""
    tenant = warehouse.add_tenant()
    show = warehouse.add_show(tenant)
    for week in range(DAYS // 7 + 1):
        at = START + timedelta(days=7 * week + 1)
        warehouse.add_episode(tenant, show, f"e{week}", published_at=at, fetched_at=at)
    rows = [
        {
            "household": household, "user_agent": agent, "media_key": f"{show}/e{(day + 6) // 7 if number % 3 else 0}",
            "requested_at": START + timedelta(days=day, seconds=40 * number % 86_000),
            **({} if is_whole else {"status": 206, "range_header": "bytes=0-4799999", "range_start": 0, "range_end": 4_799_999,
                                    "bytes_sent": 4_800_000}),
        }
        for day, listeners in enumerate(days) for number, (household, agent, is_whole) in enumerate(listeners)
    ]  # fmt: skip
    warehouse.add_requests(
        tenant,
        [
            {"status": 200, "range_header": None, "range_start": None, "range_end": None, "bytes_sent": 48_000_000, **row}
            for row in rows
        ],
    )
    return tenant, show


def plant_statistics(warehouse: Any, tenant: int, show: uuid.UUID, figures: dict[int, tuple[int, int]]) -> None:
    """What Spotify says of a show by day: {day: (plays begun, streams of a minute or more)}."""
    warehouse.insert(
        "raw.hosting_downloads",
        [
            {
                "tenant_id": tenant, "show_id": show, "source": "spotify", "source_account": "a", "show_key": "s",
                "episode_key": "1", "episode_guid": "e1", "metric": metric, "metric_standard": "spotify", "grain": "day",
                "period_start": (START + timedelta(days=day)).date(), "period_end": (START + timedelta(days=day)).date(),
                "tz": "UTC", "dimension": "", "dimension_value": "", "value": value, "is_cumulative": False,
                "fetched_at": START + timedelta(days=DAYS), "run_id": "test",
                "content_sha256": hashlib.sha256(repr((tenant, day, metric, value)).encode()).digest(),
            }
            for day, values in figures.items() for metric, value in zip(("play", "stream"), values, strict=True)
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(warehouse: Any) -> Callable[[str], dict[tuple[int, str], tuple[Any, ...]]]:
    """{(day, kind): (observed, expected, agent, household)} of a world by name, all built at once."""
    chance = random.Random(99)  # noqa: S311
    worlds = {f"honest {seed} {level}": honest_show(seed, level) for seed in range(4) for level in (40, 250)}
    spike = honest_show(11, 120)
    spike[80] += [(f"new-{n}", APPS[n % 3][0], chance.random() < 0.6) for n in range(600)]
    drop = honest_show(12, 120)
    drop[85] = drop[85][:8]
    household = honest_show(13, 60)
    household[90] += [("one", f"Agent/{n}", False) for n in range(40)]
    agent = honest_show(14, 120)
    agent[95] = [(who, "Fresh/9" if n % 2 else app, whole) for n, (who, app, whole) in enumerate(agent[95])]
    complete = honest_show(15, 120)
    complete[100] = [(who, app, True) for who, app, _ in complete[100]]
    worlds |= {"spike": spike, "drop": drop, "household": household, "agent": agent, "complete": complete}
    planted = {name: plant(warehouse, days) for name, days in worlds.items()}
    tenants = {name: tenant for name, (tenant, _) in planted.items()}
    # As many streams as plays are possible, and one more is not.
    contradiction = dict.fromkeys(range(DAYS), (100, 60)) | {70: (100, 100), 71: (100, 101)}
    plant_statistics(warehouse, *planted["honest 0 40"], contradiction)
    warehouse.build(select=MODELS, variables=AS_OF)
    rows = warehouse.rows(
        "select tenant_id, day - %s::date, kind, observed, expected, user_agent, encode(household_hash, 'hex'), downloads "
        "from candidate.download_anomalies",
        START.date(),
    )
    return lambda name: {(row[1], row[2]): row[3:] for row in rows if row[0] == tenants[name]}


@pytest.mark.parametrize(
    ("name", "day", "kind"),
    [
        ("spike", 80, "spike"), ("drop", 85, "drop"), ("household", 90, "household_dominates"), ("agent", 95, "agent_dominates"),
        ("complete", 100, "impossible_completion"),
    ],
)  # fmt: skip
def test_a_planted_anomaly_is_found_on_its_day(name: str, day: int, kind: str, found: Callable[[str], Any]) -> None:
    anomalies = found(name)
    assert (day, kind) in anomalies, anomalies
    observed, expected, agent, household, downloads = anomalies[day, kind]
    assert downloads > 0 and expected is not None
    assert (observed < expected) is (kind == "drop")
    assert (agent == "Fresh/9") is (kind == "agent_dominates") and (household is not None) is (kind == "household_dominates")


def test_more_streams_than_plays_begun_contradict_themselves(found: Callable[[str], Any]) -> None:
    """Fails where a day with as many is called impossible, or one with more is not; no days before it are needed."""
    called = {day: values for (day, kind), values in found("honest 0 40").items() if kind == "impossible_completion"}
    assert called.keys() == {71}
    observed, expected, agent, household, downloads = called[71]
    assert (observed, expected, agent, household, downloads) == (101, 100, None, None, 100)


def test_an_honest_show_has_no_more_anomalies_than_is_stated(found: Callable[[str], Any]) -> None:
    judged = 8 * (DAYS - 28)
    names = [f"honest {seed} {level}" for seed in range(4) for level in (40, 250)]
    called = Counter({name: len(found(name).keys() - {(71, "impossible_completion")}) for name in names})
    assert called.total() / judged <= FALSE_POSITIVE_RATE, called


def test_an_excluded_anomaly_stays_shown_with_what_was_seen(warehouse: Any, found: Callable[[str], Any]) -> None:
    before = found("agent")[95, "agent_dominates"]
    tenant, show = warehouse.rows("select tenant_id, show_id from candidate.download_anomalies where user_agent = 'Fresh/9'")[0]
    day = (START + timedelta(days=95)).date()
    evidence = f'{{"observed": {before[0]}, "expected": {before[1]}, "score": 9, "downloads": {before[4]}, "baseline_days": 28}}'
    warehouse.insert(
        "app.anomaly_decisions",
        [
            {
                "tenant_id": tenant, "show_id": show, "day": day, "kind": "agent_dominates", "user_agent": "Fresh/9",
                "action": "exclude", "reason": "a script of ours", "evidence": evidence, "decided_by_name": "Ann",
            }
        ],
    )  # fmt: skip
    count = (
        "select count(*) from intermediate.int_downloads_counted "
        "where tenant_id = %s and day = %s and counting_window = 'first_touch' and is_valid"
    )
    counted = warehouse.rows(count, tenant, day)[0][0]
    warehouse.build(select=MODELS, variables=AS_OF)
    shown = warehouse.rows(
        "select observed, is_excluded, reason, decided_by from candidate.download_anomalies where tenant_id = %s and day = %s",
        tenant, day,
    )  # fmt: skip
    assert shown == [(before[0], True, "a script of ours", "Ann")]
    assert counted - warehouse.rows(count, tenant, day)[0][0] == before[0]
