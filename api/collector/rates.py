"""How many events one write key, and one network, may send: a bucket each, in this process alone (n processes allow n times that).

A bucket is one number, the moment at which it will be empty again (the generic cell rate algorithm); so it costs no timer, and what
is not asked for is forgotten.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache

from api.collector.protocol import RefusalError

LARGEST = 100_000
UNLIMITED = "unlimited"
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `events` at once, and as many again within `seconds`."""

    events: int
    seconds: float


@lru_cache(maxsize=1_024)
def parse_rate(text: str) -> Rate | None:
    """`600000/minute`, or None for `unlimited`. Raises ValueError for anything else."""
    if text.strip().lower() == UNLIMITED:
        return None
    count, _, period = text.strip().lower().partition("/")
    if not count.isdigit() or int(count) < 1 or period not in _SECONDS:
        raise ValueError(f"found the rate {text!r}, expected one such as 600000/minute (second, minute, hour) or unlimited")
    return Rate(int(count), _SECONDS[period])


@dataclass(slots=True)
class Buckets:
    """The buckets of one kind, bounded: where there are too many, those that are full again are forgotten, then all."""

    largest: int = LARGEST
    _empty_at: dict[str, float] = field(default_factory=dict, repr=False)

    def take(self, name: str, count: int, rate: Rate, now: float) -> float:
        """Take `count` events out of a bucket at `now` (monotonic seconds): 0, or how long to wait where they are not in it.

        A full bucket gives more than it holds at once and is then empty for longer: a batch above the rate would never pass.
        """
        empty_at = max(self._empty_at.get(name, now), now)
        after = empty_at + count * rate.seconds / rate.events
        if after - now > rate.seconds and empty_at > now:
            return after - now - rate.seconds
        if len(self._empty_at) >= self.largest and name not in self._empty_at:
            self._forget(now)
        self._empty_at[name] = after
        return 0.0

    def _forget(self, now: float) -> None:
        self._empty_at = {name: moment for name, moment in self._empty_at.items() if moment > now}
        if len(self._empty_at) >= self.largest:
            self._empty_at.clear()


@dataclass(slots=True)
class Rates:
    """The limits of a collector process. None: unlimited."""

    key: Rate | None = None
    network: Rate | None = None
    _keys: Buckets = field(default_factory=Buckets)
    _networks: Buckets = field(default_factory=Buckets)

    def take_key(self, site_id: str, count: int, events_per_second: int | None, now: float) -> None:
        """Raises RefusalError (429) above the site's own rate, or else the process's. A site's own holds over ten seconds."""
        rate = self.key if events_per_second is None else Rate(events_per_second * 10, 10)
        if rate is not None:
            _raise("key_rate", "write key", self._keys.take(site_id, count, rate, now))

    def take_network(self, prefix: str | None, count: int, now: float) -> None:
        """Raises RefusalError (429) where one /24 or /48 sends more than its rate, whatever keys it names."""
        if self.network is not None and prefix is not None:
            _raise("network_rate", "network", self._networks.take(prefix, count, self.network, now))


def _raise(code: str, what: str, wait: float) -> None:
    if wait > 0:
        seconds = max(1, math.ceil(wait))
        raise RefusalError(
            429, code, f"found more events than the {what}'s rate: send this again in {seconds} s", retry_after=seconds
        )
