"""How often somebody may try: a moving window per address and per account, counted in this process."""

import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import Problem


class Rates:
    """Counts attempts. Each process counts its own: n processes allow up to n times the rate."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, rate: str, *key: str) -> None:
        """Count one attempt under `key`; raises a `too-many-requests` problem above `rate` (as `10/minute`)."""
        limit = parse(rate)
        if not self._limiter.hit(limit, *key):
            wait = max(1, int(self._limiter.get_window_stats(limit, *key).reset_time - time.time()) + 1)
            raise Problem(
                "too-many-requests",
                f"found more attempts than {limit}, expected fewer: wait {wait} s and try again",
                headers={"Retry-After": str(wait)},
            )
