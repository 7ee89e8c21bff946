"""GET /attribution.js, which changes with Hostread, and GET /attribution.<hash>.js, which never changes."""

from typing import Any

from fastapi import FastAPI, Request, Response

from api.collector.attribution_js.script import Script, current, versions

# Five minutes: a fix reaches every page soon, and a visit loads the script once.
BRIEFLY = "public, max-age=300, stale-while-revalidate=86400"
FOR_EVER = "public, max-age=31536000, immutable"


def add_script_routes(app: FastAPI) -> None:
    """The script's routes, for GET and HEAD."""
    methods: dict[str, Any] = {"methods": ["GET", "HEAD"], "include_in_schema": True}
    app.add_api_route("/attribution.js", attribution_js, operation_id="attribution_js", **methods)
    app.add_api_route("/attribution.{digest}.js", pinned_attribution_js, operation_id="attribution_js_pinned", **methods)


async def attribution_js(request: Request) -> Response:
    """The current script: cached for five minutes, then revalidated by its ETag."""
    return _answer(request, current(), BRIEFLY)


async def pinned_attribution_js(request: Request, digest: str) -> Response:
    """One version of the script by the hash of its bytes: cached for ever, fit for an integrity attribute."""
    script = versions().get(digest)
    if script is None:
        return Response("found no version of that hash: take the address from the site's page", 404, {"cache-control": "no-store"})
    return _answer(request, script, FOR_EVER)


def _answer(request: Request, script: Script, caching: str) -> Response:
    headers = {
        "cache-control": caching,
        "etag": script.etag,
        "vary": "accept-encoding",
        # With crossorigin on the element, as integrity needs it; and for pages that isolate themselves.
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if script.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    accepts_gzip = any(
        part.split(";")[0].strip() == "gzip" and "q=0" not in part.replace(" ", "").split(";")[1:]
        for part in request.headers.get("accept-encoding", "").lower().split(",")
    )
    if accepts_gzip:
        headers["content-encoding"] = "gzip"
    content = script.compressed if accepts_gzip else script.content
    return Response(content, headers=headers, media_type="text/javascript; charset=utf-8")
