"""The fraud score against labelled fraud, in a world of its own: the seed's, with fraud and with honest orders that look like it.

A world of its own, so that no forged order is in what the other parts measure. `python -m benchmarks.score.fraud 5` prints five.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks.counting_run import settle
from benchmarks.score.figures import Tally
from benchmarks.score.landing import land_events
from benchmarks.score.worlds import NOW, ScoredWorld
from benchmarks.simulated import HERE
from orchestration.build import begin_build, hold_build
from orchestration.dbt_command import run_dbt
from orchestration.demo import import_files
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate
from orchestration.world import load_app
from simulation import make_world

SCORED = """
select t.slug, f.sponsor_id::text, v.order_id, f.is_suspect, f.value_minor
from candidate.conversion_fraud as f
inner join app.tenants as t on f.tenant_id = t.tenant_id
inner join candidate.attribution_conversions as v on f.tenant_id = v.tenant_id and f.conversion_id = v.conversion_id
where v.order_id is not null
"""


@dataclass
class FraudCounts:
    """Scored orders against their labels; an order that no scheme made is honest, of the kind `ordinary`.

    `by_kind`: suspects and all, of each kind. `honest_minor` and `honest_flagged_minor`: honest revenue, and that of suspects.
    """

    caught: int = 0
    missed: int = 0
    flagged_honest: int = 0
    passed_honest: int = 0
    honest_minor: int = 0
    honest_flagged_minor: int = 0
    by_kind: dict[str, list[int]] = field(default_factory=dict)


def count_fraud(url: str, truth: Path) -> FraudCounts:
    """Compare candidate.conversion_fraud of the built warehouse at `url` with the world's truth folder.

    A world in which no scheme found a campaign to prey on has no label, and its orders are all honest. Raises ValueError where
    there are labels and none of their orders was scored: then nothing could be measured.
    """
    with (truth / "fraud.csv").open(encoding="utf-8", newline="") as file:
        labels = {(row["tenant"], row["sponsor_id"], row["order_id"]): row for row in csv.DictReader(file)}
    counts, seen = FraudCounts(), 0
    with psycopg.connect(url) as connection:
        for slug, sponsor_id, order_id, is_suspect, value_minor in connection.execute(SCORED):
            label = labels.get((slug, sponsor_id, order_id))
            seen += label is not None
            _add(
                counts,
                label["kind"] if label else "ordinary",
                label is not None and label["is_fraud"] == "1",
                is_suspect,
                value_minor,
            )
    if labels and not seen:
        raise ValueError(
            f"found {len(labels)} labelled orders and none of them scored, expected a world made with has_fraud and built"
        )
    return counts


def fraud(world: ScoredWorld) -> Iterator[Tally]:
    """The tallies of one seed: the same kind of world, with fraud, beside the built one on the same server."""
    base = world.url.rpartition("/")[0]
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute("drop database if exists score_fraud with (force)")
        connection.execute("create database score_fraud template template_score strategy file_copy")
    counts = measure(world.name, world.seed, f"{base}/score_fraud", world.folder.parent)
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute("drop database score_fraud with (force)")
    yield from tallies(counts)


def tallies(counts: FraudCounts) -> Iterator[Tally]:
    flagged = counts.caught + counts.flagged_honest
    yield Tally("fraud_precision", "all", "", counts.caught, flagged)
    yield Tally("fraud_recall", "all", "", counts.caught, counts.caught + counts.missed)
    yield Tally("fraud_honest_revenue", "all", "", counts.honest_flagged_minor, counts.honest_minor)
    for kind, (suspects, orders) in sorted(counts.by_kind.items()):
        yield Tally("fraud_suspects", kind, "", suspects, orders)


def measure(name: str, seed: int, url: str, home: Path) -> FraudCounts:
    """Make the world `name` of `seed` with fraud, land its events and books in the empty migrated database, score, and count."""
    folder = home / f"{name}-{seed}-fraud"
    make_world(name, seed, NOW, folder, HERE, has_fraud=True)
    load_app(url, folder, "a key of sixteen characters")
    import_files(url, folder, "score")
    land_events(url, folder / "events.jsonl", home)
    settle(url)
    window = begin_build(url, "full", "score")
    arguments = ["build", "--select", "+attribution_conversions", "--full-refresh", "--exclude-resource-type", "test", "unit_test"]
    result = run_dbt(url, arguments, home / "dbt-fraud")
    hold_build(url, window.build_id, [])
    if result.failed_checks:
        raise RuntimeError(f"found {result.failed_checks}, expected every model to build")
    return count_fraud(url, folder / "truth")


def _add(counts: FraudCounts, kind: str, is_fraud: bool, is_suspect: bool, value_minor: int) -> None:
    of_kind = counts.by_kind.setdefault(kind, [0, 0])
    of_kind[0] += is_suspect
    of_kind[1] += 1
    if is_fraud:
        counts.caught += is_suspect
        counts.missed += not is_suspect
        return
    counts.flagged_honest += is_suspect
    counts.passed_honest += not is_suspect
    counts.honest_minor += value_minor
    counts.honest_flagged_minor += value_minor if is_suspect else 0


def main(arguments: Sequence[str]) -> int:
    """Print the tallies of the first seeds, one JSON line each."""
    with TemporaryDirectory(prefix="hostread-fraud-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        template = ensure_server(home, "template_score", {"fsync": "off", "full_page_writes": "off"})
        base = template.rpartition("/")[0]
        try:
            migrate(template)
            for seed in range(1, int(arguments[0]) + 1 if arguments else 2):
                with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
                    connection.execute("drop database if exists score_fraud with (force)")
                    connection.execute("create database score_fraud template template_score strategy file_copy")
                found = measure("score", seed, f"{base}/score_fraud", home)
                sys.stdout.write(json.dumps({"seed": seed, "tallies": [tuple(one) for one in tallies(found)]}) + "\n")
                sys.stdout.flush()
        finally:
            remove_server(home)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
