"""Links in reports' mails: signed, bound to one delivery, the same each time that the message is built."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

LONGEST = 300


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """What a link to a file names. `expires_at`: not opened any more from then on."""

    tenant_id: int
    delivery_id: UUID
    report_id: UUID
    file_format: str
    expires_at: datetime


@dataclass(frozen=True)
class Links:
    """Makes and reads them. Each purpose has a salt of its own: a link of one opens nothing of the other."""

    base_url: str
    secret_key: str = field(repr=False)

    def download(self, link: DownloadLink) -> str:
        token = self._signer("download").dumps(
            [link.tenant_id, link.delivery_id.hex, link.report_id.hex, link.file_format, int(link.expires_at.timestamp())]
        )
        return f"{self.base_url}/mailed-reports/{token}"

    def unsubscribe(self, tenant_id: int, delivery_id: UUID) -> str:
        return f"{self.base_url}/unsubscribe/{self._signer('unsubscribe').dumps([tenant_id, delivery_id.hex])}"

    def read_download(self, token: str) -> DownloadLink | None:
        """What a token of ours names, over or not; None for any other."""
        try:
            tenant_id, delivery_id, report_id, file_format, expires_at = self._signer("download").loads(token[:LONGEST])
            return DownloadLink(
                int(tenant_id), UUID(delivery_id), UUID(report_id), str(file_format), datetime.fromtimestamp(expires_at, UTC)
            )
        except (BadSignature, ValueError, TypeError):
            return None

    def read_unsubscribe(self, token: str) -> tuple[int, UUID] | None:
        """(tenant, delivery) of a token of ours, else None."""
        try:
            tenant_id, delivery_id = self._signer("unsubscribe").loads(token[:LONGEST])
            return int(tenant_id), UUID(delivery_id)
        except (BadSignature, ValueError, TypeError):
            return None

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret_key, salt=f"hostread.mail.{purpose}")
