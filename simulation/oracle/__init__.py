"""The slow oracle: the public counting guidelines restated row by row, to hold the pipeline's set-based counts against.

It reads the log lines as they were written and shares no code with what counts them later. From the simulation it takes
only what the simulation knows for certain: who is behind a line, what an agent is, and what a network is.
"""

from simulation.oracle.count import count_tenant
from simulation.oracle.write import TruthFiles

__all__ = ["TruthFiles", "count_tenant"]
