"""Passwords: argon2id with OWASP's parameters, checked in the same time whether the account exists or not."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP password storage cheat sheet: argon2id, 19 MiB, two passes, one lane. About 20 ms here.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Checked where there is no account or no password, so that the answer takes as long as for a wrong password.
NOBODY = HASHER.hash("hostread: no such account")


def hash_password(password: str) -> str:
    """The encoded argon2id hash, salt and parameters included."""
    return HASHER.hash(password)


def is_password(stored_hash: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored_hash`; False, after the same work, where there is no hash."""
    try:
        matches = HASHER.verify(stored_hash or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored_hash is not None
