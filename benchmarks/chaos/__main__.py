"""`make chaos`, or `python -m benchmarks.chaos [--seed N] [--kills 60] [--outage 120] [--rate 300]`: one JSON line a scenario.

Ends with 1 where a promise was broken, and says how to run the same again.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.scenarios import kills, outage

COLLECTORS = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--kills", type=int, default=60, help="faults at random moments: collector, PostgreSQL, both; 0: none")
    parser.add_argument("--outage", type=float, default=120, help="seconds that PostgreSQL is away; 0: never")
    parser.add_argument("--rate", type=float, default=300, help="events a second")
    parser.add_argument("--no-build", action="store_true", help="hold the live tail against the ledger, not the built marts")
    parser.add_argument("--keep", action="store_true", help="leave logs, ledger and spools where they are")
    options = parser.parse_args()
    broken = []
    for name, amount, scenario in (("kills", options.kills, kills), ("outage", options.outage, outage)):
        if amount:
            folder = Path(tempfile.mkdtemp(prefix=f"hostread-chaos-{name}-"))
            figures, holds = scenario(folder, options.seed, amount, options.rate, COLLECTORS, not options.no_build)
            print(json.dumps({"scenario": name, "seed": options.seed, "holds": holds, **figures}), flush=True)
            if not holds:
                broken.append(f"python -m benchmarks.chaos --seed {options.seed} --kills {options.kills} --rate {options.rate}")
                print(f"broken: ledger, logs and spools are in {folder}; the same again: {broken[-1]}", file=sys.stderr)
            elif not options.keep:
                import shutil

                shutil.rmtree(folder, ignore_errors=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
