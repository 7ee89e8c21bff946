"""`python -m simulation make|serve|replay|live`: the simulated network as commands."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from simulation import live, make_world, replay, serve
from simulation.replay import ReplayError


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, 1 where the collector refused something, 2 for what the caller can set right."""
    options = _parser().parse_args(arguments)
    try:
        if options.verb == "make":
            given = (options.world, options.seed, options.now, options.out, options.base_url, _say)
            path = make_world(*given, has_fraud=options.fraud)
            _say(f"the world is in {path}")
        elif options.verb == "serve":
            _say(f"serving {options.folder} on http://127.0.0.1:{options.port}")
            serve(options.folder, options.port, options.live)
        elif options.verb == "replay":
            replay(options.folder, options.collector, _say)
        else:
            live(options.folder, options.collector, _say)
    except ReplayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulation", description="The known-truth podcast world.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("make", help="write a world and its truth to disk")
    make.add_argument("--world", choices=("tiny", "demo", "large", "score"), default="tiny")
    make.add_argument("--seed", type=int, default=1, help="the same seed and instant give the same bytes")
    make.add_argument(
        "--now", default=datetime.now(UTC).isoformat(timespec="seconds"), help="the world's present, ISO 8601 (default: now)"
    )
    make.add_argument("--out", type=Path, required=True, help="the folder to write; what it held is replaced")
    make.add_argument("--fraud", action="store_true", help="with labelled fraud, and honest orders that look like it")
    make.add_argument("--base-url", default="http://127.0.0.1:8803", help="where `serve` will answer")
    server = verbs.add_parser("serve", help="serve a world's feeds and host API on loopback")
    server.add_argument("folder", type=Path)
    server.add_argument("--port", type=int, default=8803)
    server.add_argument("--live", action="store_true", help="a new episode appears after about two minutes")
    for name, text in (
        ("replay", "send a world's events to a collector"),
        ("live", "send a new order every 20 seconds until ended"),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("folder", type=Path)
        verb.add_argument("--collector", required=True, metavar="URL")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
