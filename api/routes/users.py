"""Registration, and who is asking."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, SecretStr

from api.auth.addresses import client_address
from api.auth.dependencies import PrincipalDep, ServicesDep
from api.auth.principals import Role
from api.auth.recovery import is_verified
from api.auth.registration import NewKey, register
from api.campaigns.accounts import Timezone
from api.campaigns.models import Currency, Entry, ShortText, Text

router = APIRouter(prefix="/v1", tags=["users"])
Password = Annotated[SecretStr, Field(min_length=10, max_length=200)]


class RegistrationEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "ada@network.example",
                    "password": "a long pass phrase",
                    "display_name": "Ada",
                    "organisation": "Night Network",
                    "currency": "USD",
                    "timezone": "Europe/Berlin",
                }
            ]
        }
    )

    email: Annotated[EmailStr, AfterValidator(str.lower)]
    password: Password
    display_name: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = ""
    organisation: Annotated[Text, Field(max_length=200)]
    currency: Currency = "USD"
    timezone: Timezone = "UTC"


class ApiKeyOnce(BaseModel):
    """A new API key. `key` is shown in this answer and never again."""

    key_id: UUID
    key: str
    name: ShortText
    role: Role
    scopes: list[str]
    sponsor_id: UUID | None
    key_prefix: str
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, made: NewKey) -> "ApiKeyOnce":
        return cls.model_validate(made, from_attributes=True)


class TenantView(BaseModel):
    """The account that everything belongs to."""

    slug: str
    name: str
    currency: str
    timezone: str


class UserView(BaseModel):
    user_id: UUID
    email: str
    display_name: str
    role: Role


class Registered(BaseModel):
    """The new account, its owner and its first API key."""

    tenant: TenantView
    user: UserView
    api_key: ApiKeyOnce


class Me(BaseModel):
    """Who asks, by which means, in which account."""

    tenant: TenantView
    role: Role
    actor_kind: str
    user: UserView | None = Field(description="Null for an API key.")
    scopes: list[str] | None = Field(description="What a key may do; null for a person, whom the role alone binds.")
    is_verified: bool | None = Field(description="Whether the person's address is confirmed; null for an API key.")
    csrf_token: str | None = Field(description="Send it as X-CSRF-Token with changes by cookie; null for an API key.")


@router.post("/users", status_code=201, operation_id="users_register", summary="Register")
def register_user(entry: RegistrationEntry, request: Request, found: ServicesDep) -> Registered:
    """One new account with its owner and first API key, which is shown once. Writes `user.registered`."""
    found.rates.hit(found.settings.registration_rate, "register", client_address(request, found.settings.trusted_proxies))
    made = register(
        found.database,
        email=entry.email,
        password=entry.password.get_secret_value(),
        display_name=entry.display_name,
        organisation=entry.organisation,
        currency=entry.currency,
        timezone=entry.timezone,
        is_mail_on=found.postman.is_on,
    )
    found.postman.wake()
    return Registered(
        tenant=TenantView(slug=made.tenant_slug, name=entry.organisation, currency=entry.currency, timezone=entry.timezone),
        user=UserView(user_id=made.user_id, email=entry.email, display_name=entry.display_name, role="owner"),
        api_key=ApiKeyOnce.of(made.api_key),
    )


@router.get("/me", operation_id="users_me", summary="Who am I")
def read_me(principal: PrincipalDep, found: ServicesDep, response: Response) -> Me:
    """One principal: the account, the role, the user, and the token for changes by cookie."""
    response.headers["Cache-Control"] = "no-store"
    with found.database.tenant(principal.tenant_id) as c:
        tenant = c.execute("select slug, name, currency, timezone from app.tenants").fetchone()
    user = None
    if principal.actor_kind == "user" and principal.email is not None:
        user = UserView(user_id=principal.actor_id, email=principal.email, display_name=principal.display_name, role=principal.role)
    return Me(
        tenant=TenantView(**(tenant or {})),
        role=principal.role,
        actor_kind=principal.actor_kind,
        user=user,
        scopes=None if principal.scopes is None else list(principal.scopes),
        is_verified=None if user is None else is_verified(found.database, user.email),
        csrf_token=found.signer.csrf_token(principal.session_id) if principal.session_id else None,
    )
