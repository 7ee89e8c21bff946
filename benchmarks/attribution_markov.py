"""Markov and Shapley on the same paths as the ChannelAttribution package's Markov model, in one run.

The package is no dependency: its release is source (C++), so that this makes a throw-away environment and installs it there, or
takes the interpreter that HOSTREAD_CHANNELATTRIBUTION_PYTHON names. Both read the same paths from memory: theirs as the text that
it takes, ours as arrays; making either from the database is in neither figure. Ours solves the chain exactly, in order 1 as theirs
simulates it, and adds Shapley, exact for twelve channels. The bootstrap, which theirs does not have, is measured beside it.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from assets.estimates import markov, shapley
from assets.estimates.journeys import Journeys, merged
from benchmarks.apart import python_with

PATHS = int(os.environ.get("HOSTREAD_BENCH_PATHS", "1000000"))
PACKAGE = "ChannelAttribution==2.2.5"
# It imports matplotlib and does not say so.
INSTALLED = (PACKAGE, "matplotlib", "pandas")
CHANNELS, SEED = 12, 7
THEIRS = """
import json, sys, time
import numpy, pandas
from ChannelAttribution import markov_model
codes, offsets, won, lost = (numpy.load(f"{sys.argv[1]}/{name}.npy") for name in ("codes", "offsets", "won", "lost"))
names = numpy.array([f"c{code}" for code in range(int(codes.max()) + 1)])[codes]
paths = pandas.DataFrame({
    "path": [" > ".join(names[begin:end]) for begin, end in zip(offsets[:-1], offsets[1:])],
    "won": won, "value": won.astype(float), "lost": lost,
})
began = time.perf_counter()
options = {"var_value": "value", "var_null": "lost", "out_more": True, "verbose": False, "flg_pro": False}
found = markov_model(paths, "path", "won", order=1, seed=7, **options)
took = time.perf_counter() - began
effects = found["removal_effects"]
shares = {str(row.iloc[0]): float(row.iloc[1]) for _, row in effects.iterrows()}
print(json.dumps({"seconds": took, "effects": [shares[f"c{code}"] for code in range(int(codes.max()) + 1)]}))
"""


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds of Markov and Shapley, and how many times longer the package's Markov takes."""
    journeys = _journeys()
    began = time.perf_counter()
    together = merged(journeys)
    chain = markov.fit(together, seed=SEED, replicates=0, order=1)
    worth = shapley.fit(together, seed=SEED, replicates=0)
    ours = time.perf_counter() - began
    assert worth.is_exact
    theirs = _theirs(journeys)
    furthest = float(np.abs(chain.effects - np.array(theirs["effects"])).max())
    assert furthest < 0.05, f"found removal effects {furthest:.3f} apart, expected both ways to describe one chain"
    began = time.perf_counter()
    markov.fit(together, seed=SEED, replicates=200, order=1)
    bootstrap = time.perf_counter() - began
    yield {
        "name": "attribution.markov_vs_channelattribution", "value": round(ours, 3), "unit": "s",
        "against": f"{theirs['seconds']:.3f} s: {PACKAGE}, Markov of order 1 alone ({PATHS:,} paths of {CHANNELS} channels, "
        f"{len(together.converted):,} distinct; effects at most {furthest:.4f} apart; 200 bootstraps {bootstrap:.1f} s more)",
        "ratio": round(theirs["seconds"] / ours, 2),
    }  # fmt: skip


def _journeys() -> Journeys:
    """PATHS journeys, one row each; the later the channel in a fixed order of strength, the more often they convert."""
    random = np.random.default_rng(SEED)
    lengths = np.minimum(random.geometric(0.25, PATHS), 40)
    codes = random.integers(0, CHANNELS, lengths.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    strength = np.maximum.reduceat(0.01 + 0.2 * codes / CHANNELS, offsets[:-1])
    won = (random.random(PATHS) < strength).astype(np.int64)
    return Journeys(codes, offsets, won, 1 - won, CHANNELS)


def _theirs(journeys: Journeys) -> dict[str, Any]:
    with (
        python_with(INSTALLED, "HOSTREAD_CHANNELATTRIBUTION_PYTHON", "a C++ compiler and a package index") as python,
        tempfile.TemporaryDirectory() as folder,
    ):
        for name, values in (
            ("codes", journeys.codes),
            ("offsets", journeys.offsets),
            ("won", journeys.converted),
            ("lost", journeys.lost),
        ):
            np.save(Path(folder) / f"{name}.npy", values)
        answer = subprocess.run([python, "-c", THEIRS, folder], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    return found
