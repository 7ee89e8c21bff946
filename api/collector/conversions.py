"""Which events may convert: those alone carry their household's hash under every live key (domain rules, section 5). Pure.

The names are those of dbt's seed `event_kinds` whose kind is a conversion; a test holds the two together.
"""

NAMES = frozenset(
    {
        "order completed", "completed order", "purchase", "lead generated", "lead", "generate_lead", "signed up", "account created",
        "signup", "sign_up", "application installed", "install", "application opened", "open",
    }
)  # fmt: skip


def may_convert(kind: str, event_name: str | None) -> bool:
    """Whether a tracked event is a purchase, lead, sign-up, install or opening by its name."""
    return kind == "track" and event_name is not None and event_name.strip().lower() in NAMES
