"""Few at once to one host, a rest in between, and no host that waits for another: real threads, and no time is asserted."""

import threading
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.lib.politeness import HostRestsError, Manners, ask_politely


class Hosts:
    """Counts who is at a host at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_in_all = 0

    def ask(self, task: tuple[str, int]) -> tuple[str, int]:
        host, _ = task
        with self.lock:
            self.now[host] += 1
            self.most[host] = max(self.most[host], self.now[host])
            self.most_in_all = max(self.most_in_all, sum(self.now.values()))
        threading.Event().wait(0.001)
        with self.lock:
            self.now[host] -= 1
        return task


def skipped(task: tuple[str, int]) -> tuple[str, int]:
    return task[0], -task[1]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(1, 3), st.integers(1, 6), st.booleans())
def test_every_task_is_asked_once_and_no_host_by_more_than_its_share(
    counts: list[int], per_host: int, threads: int, is_light: bool
) -> None:
    hosts = Hosts()
    tasks = [(f"h{host}", number) for host, count in enumerate(counts) for number in range(1, count + 1)]
    manners = Manners(threads=threads, per_host=per_host, rest_factor=0.1)
    found = list(ask_politely(((task[0], task) for task in tasks), hosts.ask, manners, skipped, lambda _: is_light))
    assert sorted(found) == sorted(tasks)
    assert all(most <= per_host for most in hosts.most.values())
    assert hosts.most_in_all <= threads


def test_a_slow_host_keeps_no_other_waiting() -> None:
    """The fault: threads that wait for a place at one host, while all the others' feeds stand in line behind them."""
    others_are_done = threading.Event()
    left = 40
    lock = threading.Lock()

    def ask(task: tuple[str, int]) -> tuple[str, int]:
        nonlocal left
        if task[0] == "slow":
            # It answers only when all the others have: with every thread at its door, never.
            assert others_are_done.wait(30)
            return task
        with lock:
            left -= 1
            if not left:
                others_are_done.set()
        return task

    tasks = [("slow", number) for number in range(1, 41)] + [(f"h{number}", number) for number in range(1, 41)]
    found = list(ask_politely(((task[0], task) for task in tasks), ask, Manners(threads=4, per_host=2), skipped))
    assert len(found) == 80


def test_a_host_that_asks_for_rest_is_left_alone_and_the_others_are_asked() -> None:
    asked: list[tuple[str, int]] = []

    def ask(task: tuple[str, int]) -> tuple[str, int]:
        asked.append(task)
        if task == ("busy", 3):
            raise HostRestsError(task)
        return task

    tasks = [("busy", number) for number in range(1, 21)] + [("calm", number) for number in range(1, 21)]
    found = list(ask_politely(((task[0], task) for task in tasks), ask, Manners(threads=2, per_host=1), skipped))
    assert [task for task in asked if task[0] == "busy"] == [("busy", 1), ("busy", 2), ("busy", 3)]
    assert {task for task in found if task[0] == "busy" and task[1] < 0} == {("busy", -number) for number in range(4, 21)}
    assert len([task for task in found if task[0] == "calm" and task[1] > 0]) == 20


def test_a_slow_consumer_slows_the_asking() -> None:
    """Memory is bounded: what was asked and not yet heard is a few for each thread, however many there are."""
    asked = 0
    lock = threading.Lock()

    def ask(task: tuple[str, int]) -> tuple[str, int]:
        nonlocal asked
        with lock:
            asked += 1
        return task

    answers = ask_politely(((f"h{number}", ("h", number)) for number in range(1000)), ask, Manners(threads=4), skipped)
    for heard in range(1, 50):
        next(answers)
        assert asked - heard <= 4 * 3
    answers.close()  # type: ignore[attr-defined]


def test_a_broken_worker_ends_the_run_with_its_error() -> None:
    def ask(task: tuple[str, int]) -> Any:
        raise ZeroDivisionError(task)

    with pytest.raises(ZeroDivisionError):
        list(ask_politely(((f"h{number}", ("h", number)) for number in range(100)), ask, Manners(), skipped))
