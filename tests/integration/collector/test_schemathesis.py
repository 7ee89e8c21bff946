"""Whatever the collector's own document allows, and bytes that it does not: no request is answered with a 5xx."""

import base64
import warnings
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

KEY = "hrw_integration_0000000000"
BASIC = {"authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
EXAMPLES = 8
BOUNDED = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
# The fixtures of conftest.py, whose types cannot be imported from here.
Collector = Any


def test_no_request_fails_the_collector(sites: None, make_collector: Callable[..., Collector]) -> None:
    collector = make_collector("orchestration.collector:create_app")
    base = f"http://127.0.0.1:{collector.port}"
    document = collector.client.get("/openapi.json").json()
    assert {"/v1/batch", "/v1/t", "/v1/pixel/page", "/v1/prefix/{show}/{rest}"} <= document["paths"].keys()
    failed: list[tuple[str, int, str]] = []
    asked = 0

    def note(label: str, status: int, shown: str) -> None:
        nonlocal asked
        asked += 1
        if status >= 500:
            failed.append((label, status, shown[:600]))

    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()

        @BOUNDED
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            # The key as clients send it: without it every answer is a 401.
            answer = case.call(
                base_url=base, headers={**BASIC, "x-forwarded-for": "203.0.113.9"}, timeout=60, allow_redirects=False
            )
            note(case.operation.label, answer.status_code, case.as_curl_command())

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ask()

    @settings(BOUNDED, max_examples=150)
    @given(
        st.sampled_from(["batch", "track", "b", "t", "identify", "nothing", "pixel/track", "prefix/x/y"]),
        st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))),
        st.sampled_from(["", "gzip", "br", "identity"]),
        st.sampled_from(["POST", "GET", "PUT", "HEAD", "OPTIONS", "DELETE"]),
    )
    def send(route: str, body: bytes, encoding: str, method: str) -> None:
        headers = {**BASIC, **({"content-encoding": encoding} if encoding else {})}
        answer = collector.client.request(method, f"/v1/{route}", content=body, headers=headers)
        note(f"{method} {route}", answer.status_code, repr(body))

    send()
    assert failed == []
    assert asked > 300
    assert collector.client.get("/readyz").status_code == 200
