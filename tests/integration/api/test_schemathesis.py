"""Whatever the API's own document allows, and much that it does not: no request is answered with a 5xx."""

import warnings
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

# How many requests each operation gets: a bounded share of what schemathesis would send.
EXAMPLES = 6


@schemathesis.serializer("message/rfc822")
def mail(_: Any, value: Any) -> bytes:
    """A mail as it came: whatever bytes there are."""
    return value if isinstance(value, bytes) else str(value).encode()


def test_no_request_that_the_document_describes_fails_the_api(account: Any, published: str) -> None:
    assert published
    base = str(account.http.base_url).rstrip("/")
    schema = schemathesis.openapi.from_dict(account.http.get("/openapi.json").json())
    headers = {"authorization": account.http.headers["authorization"]}
    failed: list[tuple[str, int, str]] = []
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.label in ("DELETE /v1/sessions", "POST /v1/sessions"):
            continue  # they are rate limited by address, and tested on their own

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(base_url=base, headers=headers, timeout=60)
            if answer.status_code >= 500:
                failed.append((case.operation.label, answer.status_code, str(case.as_curl_command())[:600]))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ask()
    assert failed == []
    assert asked > 150
