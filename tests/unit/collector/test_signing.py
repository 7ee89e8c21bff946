"""A signature fits one body, one moment and one key; the fault would be a forged order in the verified revenue."""

import csv
import hashlib
import hmac
from pathlib import Path

import pytest

from api.auth.signing_keys import SigningKeyError, new_signing_key, seal, unseal
from api.collector import conversions
from api.collector.signing import made_id, sign, verify

NOW = 1_780_000_000
BODY = b'{"event":"Order Completed"}'
KEY, OLD, OTHER = "hrs_" + "a" * 43, "hrs_" + "b" * 43, "hrs_" + "c" * 43
GOOD = sign(KEY, NOW, BODY)


def test_the_signature_is_what_the_documentation_says() -> None:
    assert "v1=" + hmac.new(KEY.encode(), f"{NOW}.".encode() + BODY, hashlib.sha256).hexdigest() == GOOD


@pytest.mark.parametrize(
    ("timestamp", "signature", "body", "keys", "verdict"),
    [
        (str(NOW), GOOD, BODY, [KEY], "signed"),
        (str(NOW), GOOD, BODY, [OLD, KEY], "signed"),
        (str(NOW), f"v1={'0' * 64}, {GOOD}", BODY, [KEY], "signed"),
        (str(NOW), "", BODY, [KEY], "unsigned"),
        (str(NOW), GOOD, BODY, None, "unchecked"),
        (str(NOW), GOOD, BODY, [], "bad_signature"),
        (str(NOW), GOOD, BODY, [OTHER], "bad_signature"),
        (str(NOW), GOOD, BODY + b" ", [KEY], "bad_signature"),
        (str(NOW + 1), GOOD, BODY, [KEY], "bad_signature"),
        (f"+{NOW}", GOOD, BODY, [KEY], "bad_signature"),
        ("", GOOD, BODY, [KEY], "bad_signature"),
        ("١٢٣", GOOD, BODY, [KEY], "bad_signature"),
        ("9" * 400, GOOD, BODY, [KEY], "bad_signature"),
        (str(NOW), GOOD[3:], BODY, [KEY], "bad_signature"),
        (str(NOW), GOOD.upper(), BODY, [KEY], "bad_signature"),
        (str(NOW), "v1=ü", BODY, [KEY], "bad_signature"),
        (str(NOW), "v1=", BODY, [KEY], "bad_signature"),
        (str(NOW), ",".join(["v1=0"] * 8 + [GOOD]), BODY, [KEY], "bad_signature"),
    ],
)
def test_verdicts(timestamp: str, signature: str, body: bytes, keys: list[str] | None, verdict: str) -> None:
    assert verify(timestamp, signature, body, keys, NOW + 0.5) == verdict


@pytest.mark.parametrize(("age", "verdict"), [(300, "signed"), (301, "stale"), (-300, "signed"), (-301, "stale")])
def test_five_minutes_either_way(age: int, verdict: str) -> None:
    assert verify(str(NOW), GOOD, BODY, [KEY], NOW + age) == verdict


def test_a_made_id_is_the_same_for_the_same_request_and_fits() -> None:
    assert made_id(GOOD, 3) == made_id(GOOD, 3) != made_id(GOOD, 4)
    assert made_id(GOOD, 1) != made_id(sign(KEY, NOW + 1, BODY), 1)
    assert len(made_id(GOOD, 2_499)) <= 100


def test_keys_are_opened_by_their_secret_alone() -> None:
    key = new_signing_key()
    token = seal(key, "a secret of sixteen")
    assert key.encode() not in token and unseal(token, "a secret of sixteen") == key
    with pytest.raises(SigningKeyError) as refused:
        unseal(token, "another secret key!")
    assert key not in str(refused.value)


def test_the_names_that_convert_are_those_of_the_seed() -> None:
    """Else a conversion of a new name would meet no touch from before the key's rotation."""
    with Path("dbt_project/seeds/event_kinds.csv").open(encoding="utf-8") as file:
        kinds = {row["event_name"]: row["event_kind"] for row in csv.DictReader(file)}
    converting = {"purchase", "lead", "signup", "install", "open"}
    assert {name for name, kind in kinds.items() if kind in converting} == set(conversions.NAMES)
    assert conversions.may_convert("track", " Order Completed ") and not conversions.may_convert("page", "purchase")
