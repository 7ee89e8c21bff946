"""What an API process tells Prometheus of its own work: by route template, method and status, never by tenant, person or id."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from api.monitoring.tally import Tally, outcome_of

# A server takes any word for a method, and a series for each would be a stranger's to make.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
UNMATCHED = "unmatched"
# What machines ask every few seconds would drown what people ask.
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
STATIC = "/static"
# With the limits of the alert rules among them: 2 s for the API, 3 s for a page.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)


class Metrics:
    """One application's own registry and tally: several in one process (tests) do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.tally = Tally()
        self.requests = Counter(
            "hostread_api_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "hostread_api_request_seconds", "Time to the answer's end.", ["method", "route"],
            buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        self.loads = Histogram(
            "hostread_page_load_seconds", "Time to a page's load event, as browsers say it.", ["page"],
            buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        ProcessCollector(registry=self.registry)

    def answered(self, scope: Any, status: int, seconds: float) -> tuple[str, str]:
        """Count one answer; the method and the route that it was counted under."""
        route = route_of(scope)
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)
        if route not in PROBES and route != STATIC:
            is_page = route != UNMATCHED and not route.startswith(("/v1/", "/monitoring/metrics", "/docs", "/openapi"))
            self.tally.note("pages" if is_page else "api", route, outcome_of(status), seconds)
        return method, route

    def loaded(self, page: str, seconds: float) -> None:
        """Count one load of a page."""
        self.loads.labels(page).observe(seconds)
        self.tally.note("loads", page, "ok", seconds)


def route_of(scope: Any) -> str:
    """The template of the route, which has no id in it."""
    found = getattr(scope.get("route"), "path", None)
    return str(found) if found else STATIC if scope["path"].startswith("/static/") else UNMATCHED
