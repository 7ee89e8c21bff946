"""The link of a survey's mail: signed, naming the account, the survey and until when it opens; it lets answer and nothing else."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

LONGEST = 300


@dataclass(frozen=True, slots=True)
class SurveyLink:
    """What a link names. `expires_at`: not opened any more from then on."""

    tenant_id: int
    survey_id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class SurveyLinks:
    """Makes and reads them, under a salt of their own: no other link of ours opens a survey."""

    base_url: str
    secret_key: str = field(repr=False)

    def of(self, link: SurveyLink) -> str:
        token = self._signer.dumps([link.tenant_id, link.survey_id.hex, int(link.expires_at.timestamp())])
        return f"{self.base_url}/survey?token={token}"

    def read(self, token: str) -> SurveyLink | None:
        """What a token of ours names, over or not; None for any other."""
        try:
            tenant_id, survey_id, expires_at = self._signer.loads(token[:LONGEST])
            return SurveyLink(int(tenant_id), UUID(survey_id), datetime.fromtimestamp(expires_at, UTC))
        except (BadSignature, ValueError, TypeError):
            return None

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret_key, salt="hostread.mail.survey")
