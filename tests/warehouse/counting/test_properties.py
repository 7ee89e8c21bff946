"""No order of arrival, duplication or split of requests changes what is counted."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

REQUESTS = list[dict[str, Any]]
PROBE = "bytes=0-1"
MINUTES = st.one_of(st.integers(0, 5 * 24 * 60), st.integers(0, 5).map(lambda day: day * 24 * 60 + 600))


@st.composite
def a_request(draw: st.DrawFn) -> dict[str, Any]:
    """One surviving request: a 200, or a range of up to the whole file, cut to what was sent."""
    start = draw(st.one_of(st.just(0), st.integers(0, 47_999_999), st.integers(0, 1_600_000)))
    length = draw(st.one_of(st.integers(1, 48_000_000 - start), st.integers(1, min(2_000_000, 48_000_000 - start))))
    who = {"household": draw(st.sampled_from("ab")), "user_agent": draw(st.sampled_from(["One/1", "Two/2"]))}
    when = {"minute": draw(MINUTES), "guid": draw(st.sampled_from(["one", "two"]))}
    if draw(st.integers(0, 9)) == 0:
        return {**who, **when, "status": 200, "bytes_sent": length}
    end = start + length - 1
    return {
        **who, **when, "status": 206, "range_header": f"bytes={start}-{end}", "range_start": start, "range_end": end,
        "bytes_sent": draw(st.one_of(st.just(length), st.none(), st.integers(0, length))),
    }  # fmt: skip


def shuffled(requests: REQUESTS, chance: random.Random) -> REQUESTS:
    return chance.sample(requests, len(requests))


def duplicated(requests: REQUESTS, chance: random.Random) -> REQUESTS:
    """A client that retries, or a line written twice."""
    return shuffled(requests + chance.choices(requests, k=len(requests)), chance)


def split(requests: REQUESTS, chance: random.Random) -> REQUESTS:
    """Ranges asked for in two pieces at the same moment: the same bytes go out.

    A probe is told by its very range, `bytes=0-1`: it is neither split nor made.
    """
    pieces: REQUESTS = []
    for request in requests:
        sent = request["bytes_sent"] if request["bytes_sent"] is not None else request["range_end"] - request["range_start"] + 1
        if request["status"] == 200 or sent < 2 or request["range_header"] == PROBE:
            pieces.append(request)
            continue
        start, first = request["range_start"], chance.randrange(1, sent)
        first = 1 if (start, first) == (0, 2) else first
        for low, size in ((start, first), (start + first, sent - first)):
            asked = {"range_header": f"bytes={low}-{low + size - 1}", "range_start": low, "range_end": low + size - 1}
            pieces.append({**request, **asked, "bytes_sent": size})
    return shuffled(pieces, chance)


VARIANTS: tuple[Callable[[REQUESTS, random.Random], REQUESTS], ...] = (lambda requests, _: requests, shuffled, duplicated, split)


# An example is two builds: many histories in each, and none spent on shrinking.
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    histories=st.lists(st.lists(a_request(), min_size=1, max_size=12), min_size=10, max_size=20),
    chance=st.randoms(use_true_random=False),
)
def test_no_order_duplication_or_split_changes_a_count(warehouse: Any, histories: list[REQUESTS], chance: random.Random) -> None:
    """Each history is counted in four tenants' copies of one network: as it was, shuffled, duplicated, split.

    Landed in two halves with a build after each, so that what comes later joins what was counted before.
    """
    landed = []
    for variant in VARIANTS:
        tenant = warehouse.add_tenant()
        show = warehouse.add_show(tenant)
        warehouse.add_episode(tenant, show, "one")
        warehouse.add_episode(tenant, show, "two", duration_s=900)
        for insertion in ("dynamic", "baked_in"):
            warehouse.add_placement(tenant, show, insertion, 60, 30)
        rows = [
            {
                **{name: value for name, value in request.items() if name not in ("minute", "guid")},
                "household": f"{number}-{request['household']}",
                "media_key": f"{show}/{request['guid']}",
                "requested_at": warehouse.start + timedelta(minutes=request["minute"]),
            }
            for number, history in enumerate(histories)
            for request in variant(history, chance)
        ]
        landed.append((tenant, rows))
    for half in (0, 1):
        for tenant, rows in landed:
            warehouse.add_requests(tenant, rows[half::2])
        warehouse.build()
    assert len({counts(warehouse, tenant) for tenant, _ in landed}) == 1, [counts(warehouse, tenant) for tenant, _ in landed]


def counts(warehouse: Any, tenant: int) -> tuple[Any, ...]:
    """Every download and every ad of a tenant, without the identifiers that are its own."""
    downloads = warehouse.rows(
        "select counting_window, episode_guid, encode(household_hash, 'hex'), user_agent, opened_at, bytes_counted, is_valid "
        "from intermediate.int_downloads_counted where tenant_id = %s order by 1, 2, 3, 4, 5",
        tenant,
    )
    ads = warehouse.rows(
        "select p.insertion, a.episode_guid, encode(a.household_hash, 'hex'), a.user_agent, a.delivered_at "
        "from intermediate.int_ads_delivered as a join app.placements as p using (placement_id) "
        "where a.tenant_id = %s order by 1, 2, 3, 4, 5",
        tenant,
    )
    return (tuple(downloads), tuple(ads))
