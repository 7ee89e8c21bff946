"""By which links a touch belongs to a conversion: the fewest, whatever their order, and none where none is needed."""

import random
from uuid import UUID

from api.marts.identity import Link, chains


def link(number: int, source: str, user: str) -> Link:
    return Link(UUID(int=number), source, user)


PHONE, LAPTOP, OLD = link(1, "b-phone", "u-1"), link(2, "b-laptop", "u-1"), link(3, "u-0", "u-1")


def test_a_touch_of_another_browser_is_joined_by_both_identifies_from_the_conversion_on() -> None:
    assert chains([PHONE, LAPTOP, OLD], ["b-laptop"])["b-phone"] == [LAPTOP.link_id, PHONE.link_id]
    assert chains([PHONE, LAPTOP, OLD], ["u-1"])["b-phone"] == [PHONE.link_id]
    assert chains([PHONE, LAPTOP, OLD], ["u-1"])["u-0"] == [OLD.link_id]


def test_a_shared_id_needs_no_link_and_a_stranger_has_none() -> None:
    found = chains([PHONE], ["b-phone", "u-1"])
    assert found == {"b-phone": [], "u-1": []}
    assert "b-laptop" not in found


def test_the_shortest_way_is_said_in_whatever_order_links_come() -> None:
    """A chain of a hundred browsers and users with a short cut in it."""
    way = [link(n, f"b-{n}", f"u-{n}") for n in range(100)] + [link(500 + n, f"b-{n}", f"u-{n + 1}") for n in range(99)]
    cut = link(999, "b-0", "u-99")
    expected = chains([*way, cut], ["u-0"])
    assert len(expected["u-99"]) == 2 and len(expected["u-50"]) == 100
    for seed in range(5):
        shuffled = [*way, cut]
        random.Random(seed).shuffle(shuffled)  # noqa: S311
        assert chains(shuffled, ["u-0"]) == expected
