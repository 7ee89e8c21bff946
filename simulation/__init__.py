"""The known-truth podcast world: feeds, host answers, logs and events as real ones look, and the truth in files beside them.

It imports nothing of the rest of the project, so that no rule is tested against itself.
"""

from simulation.live import live
from simulation.replay import ReplayError, replay
from simulation.server import serve, start_server
from simulation.world import make_world

__all__ = ["ReplayError", "live", "make_world", "replay", "serve", "start_server"]
