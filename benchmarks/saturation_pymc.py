"""One channel of 104 weeks by our fit and by pymc-marketing's, in one run: seconds, and the error of the curve.

The package is no dependency: this makes a throw-away environment and installs it there, or takes the interpreter that
HOSTREAD_PYMC_PYTHON names. Both get the same weeks; its model is Hill saturation on geometric adstock with two yearly harmonics
and its own default priors, sampled by two chains. Its seconds hold the compiling, and no imports are in either's.
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

from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import Floats, Panel, Settings
from benchmarks.apart import python_with
from simulation.saturation import SaturationWorld, make_saturation_world

PACKAGE = "pymc-marketing"
DRAWS = int(os.environ.get("HOSTREAD_BENCH_PYMC_DRAWS", "500"))
THEIRS = """
import json, logging, sys, time, warnings
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import numpy, pandas
from pymc_marketing.mmm import MMM, GeometricAdstock, HillSaturation
given = json.load(open(sys.argv[1]))
weeks = len(given["spend"])
x = pandas.DataFrame({"date": pandas.date_range("2023-01-02", periods=weeks, freq="W-MON"), "spend": given["spend"]})
y = pandas.Series(given["response"], name="y")
model = MMM(
    date_column="date", channel_columns=["spend"], adstock=GeometricAdstock(l_max=8), saturation=HillSaturation(),
    yearly_seasonality=2,
)
began = time.perf_counter()
model.fit(x, y, chains=2, draws=given["draws"], tune=given["draws"], cores=2, random_seed=7, progressbar=False)
took = time.perf_counter() - began
posterior = model.idata.posterior
beta, kappa, slope = (
    posterior[f"saturation_{name}"].values.reshape(-1, 1) for name in ("beta", "kappa", "slope")
)
grid = numpy.array(given["grid"])[None] / max(given["spend"])
curve = beta * max(given["response"]) * grid**slope / (grid**slope + kappa**slope)
import pymc_marketing
print(json.dumps({"seconds": took, "curve": curve.mean(axis=0).tolist(), "version": pymc_marketing.__version__}))
"""


def run() -> Iterable[dict[str, Any]]:
    """One figure: our seconds; how many times longer theirs takes, and both errors."""
    world = _world()
    low, high = (float(one) for one in np.quantile(world.spend[0], (0.05, 0.95)))
    grid: Floats = np.maximum(np.linspace(low, high, 25), 1e-6)
    panel = Panel(("show",), ("sponsor",), world.spend[:1], world.response[:1], np.array([world.today]), np.array([world.margin]))
    fit(panel, Settings(workers=1), 1)
    began = time.perf_counter()
    found = fit(panel, Settings(workers=1), 7)[0]
    ours = time.perf_counter() - began
    assert found.stacked is not None
    theirs = _theirs(world, grid)
    truth = world.curve(grid)
    errors = [
        float(np.abs(truth - curve).sum() / truth.sum())
        for curve in (np.interp(grid, found.stacked.spend, found.stacked.mean), np.array(theirs["curve"]))
    ]
    yield {
        "name": "saturation.vs_pymc", "value": round(ours, 3), "unit": "s",
        "against": f"{theirs['seconds']:.1f} s: {PACKAGE} {theirs['version']}, two chains of {DRAWS} draws, one window (ours: four "
        f"stacked); error of the curve {errors[0]:.3f} by ours and {errors[1]:.3f} by theirs, "
        f"{errors[1] / errors[0]:.2f} times as large",
        "ratio": round(theirs["seconds"] / ours, 2),
    }  # fmt: skip


def _world() -> SaturationWorld:
    """The first world of a Hill curve that stays as it is, with a response of its own and noise of a third of it at most."""
    for seed in range(70_001, 70_200):
        world = make_saturation_world(seed)
        if world.family == "hill" and not world.is_shared and world.noise < 0.35 and abs(world.normals[0, 3]) < 1:
            return world
    raise RuntimeError("found no steady Hill world among 200, expected one in five: look at simulation/saturation.py")


def _theirs(world: SaturationWorld, grid: Floats) -> dict[str, Any]:
    with python_with([PACKAGE], "HOSTREAD_PYMC_PYTHON", "a package index") as python, tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.json"
        arrays = {"spend": world.spend[0].tolist(), "response": world.response[0].tolist(), "grid": grid.tolist()}
        given.write_text(json.dumps({**arrays, "draws": DRAWS}), "utf-8")
        answer = subprocess.run([python, "-c", THEIRS, str(given)], capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(f"{PACKAGE} did not fit, expected its curve; it said: {answer.stderr.strip()[-800:]}")
    found: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    return found
