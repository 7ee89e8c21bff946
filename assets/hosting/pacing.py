"""Sending at a host's pace: its limits are kept before it has to say so, and patience that it asks for is given within the run."""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from assets.hosting.connectors.protocol import Account, Connector, Limits, Send
from assets.lib.http import Fetched, FetchError, FetchPolicy, fetch
from assets.lib.ids import digest

# A host that asks for patience gets it within the run where it is short, else at the next run.
TRIES = 3
LONGEST_WAIT_S = 15.0
# The host counts when a request arrives, we when it leaves: the way of the first may have been longer than that of the last.
MARGIN_S = 0.5
# An answer of statistics is larger than a feed: a month of single downloads.
POLICY = FetchPolicy(max_read_bytes=64_000_000, max_decoded_bytes=256_000_000)
# At DEBUG it writes the address of each request, and with it tokens that are parameters.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Pace:
    """At most `limits.requests` in any `limits.seconds`: `take` waits until one more is allowed."""

    def __init__(self, limits: Limits, wait: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._limits, self._wait, self._clock = limits, wait, clock
        self._sent: deque[float] = deque(maxlen=limits.requests)

    def take(self) -> None:
        if len(self._sent) == self._limits.requests:
            left = self._sent[0] + self._limits.seconds + MARGIN_S - self._clock()
            if left > 0:
                self._wait(left)
        self._sent.append(self._clock())


class Sender:
    """Sends the questions of all accounts of a run; accounts that share a host and a credential share its limits."""

    def __init__(
        self, policy: FetchPolicy = POLICY, wait: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy, self._wait, self._clock = policy, wait, clock
        self._paces: dict[bytes, Pace] = {}

    def of(self, connector: Connector, account: Account) -> Send:
        """One account's questions: tried again after 429, 5xx and lost connections, twice, after what the host asks for."""
        pace = self._pace(connector, account)
        blocked_s = connector.limits.blocked_s if connector.limits else None

        def send(url: str, headers: Mapping[str, str], etag: str | None = None, form: Mapping[str, str] | None = None) -> Fetched:
            for tried in range(1, TRIES + 1):
                pause = 2.0**tried / 2
                if pace is not None:
                    pace.take()
                try:
                    answer = self._fetch(url, headers, etag, form)
                except FetchError as error:
                    if tried == TRIES or not error.is_transient:
                        raise
                else:
                    if answer.status != 429 and answer.status < 500:
                        return answer
                    if answer.retry_after_s is not None:
                        pause = answer.retry_after_s
                    elif answer.status == 429 and blocked_s is not None:
                        pause = blocked_s
                    if tried == TRIES or pause > LONGEST_WAIT_S:
                        return answer
                self._wait(pause)
            raise AssertionError("unreachable: the last try returns or raises")

        return send

    def _fetch(self, url: str, headers: Mapping[str, str], etag: str | None, form: Mapping[str, str] | None) -> Fetched:
        if form is None:
            return fetch(url, self._policy, headers=headers, etag=etag)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return fetch(url, self._policy, headers={**headers, **kind}, method="POST", body=urlencode(form).encode())

    def _pace(self, connector: Connector, account: Account) -> Pace | None:
        if connector.limits is None:
            return None
        key = digest([connector.host, account.base_url, account.credential])
        return self._paces.setdefault(key, Pace(connector.limits, self._wait, self._clock))
