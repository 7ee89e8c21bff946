"""Log files as a CDN writes JSON lines, with the few lines that are broken and the few that come out of order."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from simulation.chance import stream
from simulation.clock import iso
from simulation.requests import Request

_REST = (
    '"user_agent": "Pocket Casts", "method": "GET", "status": 200, "range": null, "bytes_sent": 10, '
    '"url": "https://media.example/a.mp3", "referer": null, "file_size": null, "header_bytes": null, "is_hls": false}'
)
# Each with the reason for which it cannot be used.
BROKEN = (
    ('{"requested_at": "2026-01-05T10:00:00.000Z", "ip": "24.1.2.3", "user_ag', "truncated JSON"),
    ("#Fields: requested_at ip user_agent", "not JSON"),
    ('{"requested_at": "yesterday", "ip": "24.1.2.3", ' + _REST, "no instant"),
    ('{"requested_at": "2026-01-05T10:00:00.000Z", "ip": "not-an-address", ' + _REST, "no address"),
    ("[1, 2, 3]", "not an object"),
)


def write_log(path: Path, requests: list[Request], seed: int) -> tuple[dict[int, str], list[tuple[int, str]]]:
    """Write the requests in order of time but for one in 200, which comes late.

    Returns the person behind each line by its number from 0, and the broken lines with their reason.
    """
    rng = stream(seed, path.name, "log")
    requests.sort(key=lambda request: (request.moment, request.address, request.path, request.bytes_sent or 0))
    lines: list[tuple[str, str | None]] = [(_line(request), request.person) for request in requests]
    for _ in range(len(lines) // 200):
        here = rng.randrange(len(lines))
        there = min(len(lines) - 1, here + rng.randrange(1, 30))
        lines[here], lines[there] = lines[there], lines[here]
    broken: Sequence[tuple[str, str]] = BROKEN if len(lines) > 500 else BROKEN[:2]
    for text, _ in broken:
        lines.insert(rng.randrange(len(lines) + 1), (text, None))
    reasons = dict(broken)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{text}\n" for text, _ in lines)
    people = {number: person for number, (_, person) in enumerate(lines) if person is not None}
    return people, [(number, reasons[text]) for number, (text, person) in enumerate(lines) if person is None]


def _line(request: Request) -> str:
    size = "null" if request.file_size is None else request.file_size
    header = "null" if request.header_bytes is None else request.header_bytes
    sent = "null" if request.bytes_sent is None else request.bytes_sent
    asked = "null" if request.range_header is None else f'"{request.range_header}"'
    return (
        f'{{"requested_at":"{iso(request.moment)}","ip":"{request.address}","user_agent":{_quoted(request.agent)},'
        f'"method":"{request.method}","status":{request.status},"range":{asked},"bytes_sent":{sent},'
        f'"url":"https://{request.path}","referer":{_quoted(request.referer)},"file_size":{size},"header_bytes":{header},'
        f'"is_hls":{"true" if request.is_hls else "false"}}}'
    )


@cache
def _quoted(text: str | None) -> str:
    return json.dumps(text)
