"""The merging of ids, `connected_components`, against a union-find: exact for long chains and large stars, whatever the order."""

import random
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg
import pytest

from orchestration.dbt_command import compile_sql

# (tenant, sponsor, node, other)
Edge = tuple[int, uuid.UUID, uuid.UUID, uuid.UUID]
SPONSORS = [uuid.UUID(int=1), uuid.UUID(int=2)]
QUERY = "select tenant_id, sponsor_id, node_id, component_id from ({{ connected_components('edges') }}) as c"


@pytest.fixture(scope="module")
def components(
    module_url: str, dbt_targets: Callable[[str], Path]
) -> Callable[[Iterable[Edge]], dict[tuple[int, uuid.UUID, uuid.UUID], uuid.UUID]]:
    statement = compile_sql(module_url, QUERY, dbt_targets(module_url))

    def ask(edges: Iterable[Edge]) -> dict[tuple[int, uuid.UUID, uuid.UUID], uuid.UUID]:
        with psycopg.connect(module_url) as connection:
            connection.execute(
                "create temporary table edges (tenant_id integer, sponsor_id uuid, node_id uuid, other_id uuid) on commit drop"
            )
            with connection.cursor().copy("copy edges from stdin") as copy:
                for edge in edges:
                    copy.write_row(edge)
            rows = connection.execute(statement.encode()).fetchall()
        found = {(tenant, sponsor, node): component for tenant, sponsor, node, component in rows}
        assert len(found) == len(rows)
        return found

    return ask


def united(edges: Iterable[Edge]) -> dict[tuple[int, uuid.UUID, uuid.UUID], uuid.UUID]:
    """The same by union-find, the least node as the name of each component."""
    parents: dict[tuple[int, uuid.UUID, uuid.UUID], tuple[int, uuid.UUID, uuid.UUID]] = {}

    def root(key: tuple[int, uuid.UUID, uuid.UUID]) -> tuple[int, uuid.UUID, uuid.UUID]:
        while parents.setdefault(key, key) != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for tenant, sponsor, node, other in edges:
        if node != other:
            low, high = sorted((root((tenant, sponsor, node)), root((tenant, sponsor, other))))
            parents[high] = low
    return {key: root(key)[2] for key in list(parents)}


def nodes(count: int, chance: random.Random) -> list[uuid.UUID]:
    return [uuid.UUID(int=chance.getrandbits(128)) for _ in range(count)]


def chain(of: list[uuid.UUID]) -> list[Edge]:
    return [(1, SPONSORS[0], of[i], of[i + 1]) for i in range(len(of) - 1)]


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled", "zigzag"])
def test_a_chain_of_a_thousand_is_one(components: Callable[[Iterable[Edge]], object], order: str) -> None:
    """Fails where the rounds are bounded too low, or a label does not pass a neighbour with a smaller one."""
    chance = random.Random(1)  # noqa: S311
    ids = nodes(1_000, chance)
    if order != "shuffled":
        ids.sort(reverse=order == "descending")
    if order == "zigzag":
        ids = [one for pair in zip(ids[:500], reversed(ids[500:]), strict=True) for one in pair]
    found = components(chain(ids))
    assert found == {(1, SPONSORS[0], one): min(ids) for one in ids}


@pytest.mark.parametrize("centre", ["least", "greatest", "middle"])
def test_a_star_of_ten_thousand_is_one(components: Callable[[Iterable[Edge]], object], centre: str) -> None:
    """Fails where every leaf's label is told to every leaf: 100 million rows, minutes instead of a second."""
    ids = sorted(nodes(10_001, random.Random(2)))  # noqa: S311
    middle = {"least": 0, "greatest": -1, "middle": 5_000}[centre]
    hub = ids[middle]
    found = components((1, SPONSORS[0], hub, leaf) for leaf in ids if leaf != hub)
    assert set(found.values()) == {min(ids)} and len(found) == len(ids)


def test_random_graphs_are_as_by_union_find_in_any_order(components: Callable[[Iterable[Edge]], object]) -> None:
    """Merging is associative, commutative and idempotent: shuffled, turned round and repeated edges give the same people."""
    for seed in range(40):
        chance = random.Random(seed)  # noqa: S311
        ids = nodes(chance.randrange(2, 60), chance)
        edges = [
            (chance.choice((1, 2)), chance.choice(SPONSORS), chance.choice(ids), chance.choice(ids))
            for _ in range(chance.randrange(1, 80))
        ]
        expected = united(edges)
        assert components(edges) == expected
        again = [(t, s, b, a) if chance.random() < 0.5 else (t, s, a, b) for t, s, a, b in edges * 2]
        chance.shuffle(again)
        assert components(again) == expected


def test_the_same_node_of_another_sponsor_or_tenant_is_another(components: Callable[[Iterable[Edge]], object]) -> None:
    a, b, c = sorted(nodes(3, random.Random(3)))  # noqa: S311
    edges = [(1, SPONSORS[0], a, b), (1, SPONSORS[1], b, c), (2, SPONSORS[0], a, c)]
    assert components(edges) == {
        (1, SPONSORS[0], a): a, (1, SPONSORS[0], b): a, (1, SPONSORS[1], b): b, (1, SPONSORS[1], c): b,
        (2, SPONSORS[0], a): a, (2, SPONSORS[0], c): a,
    }  # fmt: skip
