"""The account's own attribution models, as a statement of method has them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Shape


class StatedModel(Shape):
    """One model that the account made, with the version and the parameters that the served build credits by."""

    model_id: UUID
    name: str
    version: int
    made_at: datetime
    parameters: dict[str, str] = Field(
        description="Its shape, what that shape uses, a window of its own, and factors that are not 1."
    )

    @property
    def said(self) -> str:
        """Version and parameters in one line, the same in every statement."""
        return f"version {self.version}: " + ", ".join(f"{name} = {value}" for name, value in self.parameters.items())
