"""`make bench`: one JSON line a figure. `make bench ONLY=name` runs the benchmark that gives that figure."""

import importlib
import json
import sys
from collections.abc import Mapping

# Figure: the module whose run() measures it. A ratio's two sides are measured in one run, so the machine's speed cancels.
FIGURES: Mapping[str, str] = {
    "counting.vs_bare": "counting_vs_bare",
    "counting.landing_memory": "counting_vs_bare",
    "counting.late_day_growth": "counting_late_day",
    "attribution.set_vs_serial": "attribution_set_vs_serial",
    "attribution.full_vs_bare": "attribution_full",
    "attribution.growth": "attribution_full",
    "attribution.incremental": "attribution_incremental",
    "attribution.markov_vs_channelattribution": "attribution_markov",
    "roi.multiverse_vs_attribution": "roi_multiverse",
    "roi.own_models_vs_built_in": "roi_multiverse",
    "lift.counted_vs_households": "lift_cells",
    "landing.copy_vs_bare": "landing",
    "collector.single_vs_empty": "collector_single",
    "collector.batch_vs_copy": "collector_batch",
    "collector.memory": "collector_memory",
    "collector.growth": "collector_growth",
    "collector.admission_growth": "collector_growth",
    "collector.visible_p95": "collector_visible",
    "collector.ack_p95": "collector_visible",
    "definitions.load_vs_import": "definitions",
    "feeds.refresh_vs_bare": "feeds_refresh",
    "loop.seconds": "loop",
    "loop.visible": "loop",
    "path.seconds": "path",
    "monitoring.overhead": "monitoring_overhead",
    "api.read_p95": "reads",
    "pages.p95": "reads",
    "api.read_p95_loaded": "reads",
    "pages.p95_loaded": "reads",
    "saturation.thousand": "saturation_thousand",
    "saturation.vs_pymc": "saturation_pymc",
    "script.main_thread_vs_without": "script",
    "script.layouts_vs_without": "script",
}


def main(only: str | None) -> int:
    if only is not None and only not in FIGURES:
        sys.stderr.write(f"found no figure {only!r}, expected one of: {', '.join(FIGURES)}\n")
        return 2
    for module in dict.fromkeys(FIGURES[name] for name in FIGURES if only in (None, name)):
        for figure in importlib.import_module(f"benchmarks.{module}").run():
            if only in (None, figure["name"]):
                print(json.dumps(figure), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
