"""Rule 5 of section 1: an Apple Watch fetches again what its phone has fetched."""


def is_watch(user_agent: str) -> bool:
    """Whether the agent is a watchOS duplicate: it begins `atc/` and holds `watchOS`, or holds `(null)/(null) watchOS`."""
    return (user_agent.startswith("atc/") and "watchOS" in user_agent) or "(null)/(null) watchOS" in user_agent
