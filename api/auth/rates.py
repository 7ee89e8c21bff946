"""How often somebody may try: counted in the database, so that a rate holds over all processes and a restart."""

import hashlib
import hmac
import math

from limits import parse

from api.database import AppDatabase
from api.errors import Problem


class Rates:
    """Counts attempts by address and by account; neither is stored, only a keyed digest of it."""

    def __init__(self, database: AppDatabase, secret_key: str) -> None:
        self._database = database
        self._key = hashlib.sha256(b"hostread attempts\x00" + secret_key.encode()).digest()

    def hit(self, rate: str, *key: str) -> None:
        """Count one attempt under `key`; raises a `too-many-requests` problem above `rate` (as `10/minute`).

        So many may come at once, then one each time that the period divided by the rate has passed.
        """
        limit = parse(rate)
        digest = hmac.digest(self._key, "\x00".join(key).encode(), "sha256")
        # A transaction of its own: what is refused or fails afterwards has been tried all the same.
        with self._database.transaction() as c:
            row = c.execute(
                "select app.count_attempt(%s, %s, make_interval(secs => %s)) as wait_s", [digest, limit.amount, limit.get_expiry()]
            ).fetchone()
        if row is not None and row["wait_s"] > 0:
            wait = math.ceil(row["wait_s"])
            raise Problem(
                "too-many-requests",
                f"found more attempts than {limit}, expected fewer: wait {wait} s and try again",
                headers={"Retry-After": str(wait)},
            )
