"""What can go wrong when the marts are read; the web layer turns these into problems, the report worker into a failed report."""

from collections.abc import Sequence


class NotBuiltError(RuntimeError):
    """No build has been published yet, or the published marts lack a table that this release reads."""

    def __init__(self, found: str = "no published build") -> None:
        super().__init__(
            f"found {found}, expected at least one published build of the marts: run `hostread run` or wait for the schedule"
        )


class NotFoundError(LookupError):
    """There is no such thing in this tenant: what belongs to another tenant is not told apart from what does not exist."""

    def __init__(self, kind: str, identifier: object) -> None:
        super().__init__(f"found no {kind} {identifier} in this account, expected the id of one of its own: list them first")
        self.kind = kind
        self.identifier = str(identifier)


class UnknownSourceError(LookupError):
    """A source of figures that is none."""

    def __init__(self, source: str, known: Sequence[str]) -> None:
        super().__init__(f"found the source {source!r}, expected one of {', '.join(known)}: GET /v1/sources describes them")


class UnreadableCursorError(ValueError):
    """A cursor that no page of this list gave."""

    def __init__(self) -> None:
        super().__init__("found a cursor that cannot be read, expected the `next_cursor` of a page: start again without it")


class WarehouseUnavailableError(RuntimeError):
    """The database did not answer in time."""
