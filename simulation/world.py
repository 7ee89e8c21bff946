"""A whole world on disk, tenant by tenant: memory stays that of one tenant however many there are."""

import csv
import gc
import heapq
import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from simulation.addresses import RANGES, forget_addresses
from simulation.clock import iso, parse_now
from simulation.oracle import TruthFiles
from simulation.specs import TenantSpec, tenant_specs
from simulation.tenant import Frame, make_tenant


def make_world(
    name: str,
    seed: int,
    now: str | datetime,
    out: Path,
    base_url: str = "http://127.0.0.1:8803",
    progress: Callable[[str], None] = lambda line: None,
    *,
    has_fraud: bool = False,
    processes: int = 1,
) -> Path:
    """Write the world `name` (tiny, demo, large, score) into the folder `out`, whose earlier content is replaced, and return it.

    `now` is the world's present; its last 90 days end there. `has_fraud` adds labelled fraud and honest
    orders that look like it (truth/fraud.csv). The same arguments give the same bytes, in however many `processes` it is made.
    The folder appears complete or not at all. Raises ValueError for an unknown name or instant.
    """
    specs = {tenant: replace(spec, has_fraud=has_fraud) for tenant, spec in tenant_specs(name, seed).items()}
    out = Path(out).absolute()
    draft = out.with_name(f"{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    frame = Frame(seed, parse_now(now), base_url.rstrip("/"), draft)
    parts: list[Path] = []
    with TruthFiles(draft / "truth") as truth, (draft / "app.json").open("w", encoding="utf-8") as app:
        app.write('{"tenants": [')
        for done, ((tenant, spec), document) in enumerate(zip(specs.items(), _make(frame, specs, processes), strict=True), 1):
            parts.append(_events_part(frame, tenant))
            truth.append(_truth_part(frame, tenant))
            for source in document["log_sources"]:
                source["path"] = source["path"].replace(str(draft), str(out), 1)
            app.write((",\n" if done > 1 else "\n") + json.dumps(document, ensure_ascii=False))
            counts = f"{len(document['shows'])} shows, {len(document['campaigns'])} campaigns"
            progress(f"{spec.slug}: {counts} ({done} of {len(specs)} tenants)")
        app.write("\n]}\n")
    _merge_events(parts, draft / "events.jsonl")
    _write_lists(draft / "lists")
    summary = {
        "name": name,
        "seed": seed,
        "now": iso(frame.now),
        "tenants": [spec.slug for spec in specs.values()],
        "base_url": frame.base_url,
    }
    (draft / "world.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    shutil.rmtree(out, ignore_errors=True)
    draft.rename(out)
    return out


def _make(frame: Frame, specs: Mapping[int, TenantSpec], processes: int) -> Iterator[dict[str, Any]]:
    """Each tenant's part of `app.json` in order, its other files written; as soon as it is there."""
    if processes == 1:
        yield from (_make_one(frame, tenant, spec) for tenant, spec in specs.items())
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_make_one, *zip(*((frame, tenant, spec) for tenant, spec in specs.items()), strict=True))


def _make_one(frame: Frame, tenant: int, spec: TenantSpec) -> dict[str, Any]:
    with _uncollected(), TruthFiles(_truth_part(frame, tenant)) as truth:
        document = make_tenant(frame, tenant, spec, truth, _events_part(frame, tenant))
    forget_addresses()
    return document


def _truth_part(frame: Frame, tenant: int) -> Path:
    return frame.folder / f"truth.{tenant}.part"


def _events_part(frame: Frame, tenant: int) -> Path:
    return frame.folder / f"events.{tenant}.part"


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hundreds of thousands of small objects without a cycle among them: looking for cycles takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _merge_events(parts: list[Path], path: Path) -> None:
    """All tenants' sendings in order of time; each part is in order already."""
    with ExitStack() as stack, path.open("w", encoding="utf-8", newline="\n") as file:
        files: list[Iterator[str]] = [stack.enter_context(part.open(encoding="utf-8", newline="\n")) for part in parts]
        file.writelines(line.split("\t", 1)[1] for line in heapq.merge(*files, key=lambda line: line[:15]))
    for part in parts:
        part.unlink()


def _write_lists(folder: Path) -> None:
    folder.mkdir()
    with (folder / "ip_ranges.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("network", "ip_class"))
        writer.writerows(RANGES)
