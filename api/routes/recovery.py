"""Confirming an address and setting a new password, by a link in a mail."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.auth.addresses import client_address
from api.auth.dependencies import PrincipalDep, ServicesDep
from api.auth.recovery import ask, use_token
from api.auth.tokens import LONGEST
from api.campaigns.models import Entry
from api.errors import Problem
from api.routes.users import Password

router = APIRouter(prefix="/v1", tags=["users"])
SAID = "If this address has a login here, a mail with a link is on its way to it."
Token = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]


class ResetEntry(Entry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "ada@network.example"}]})

    email: Annotated[str, Field(max_length=320, pattern=r"^[^\x00]*$")]


class NewPasswordEntry(Entry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "kZ0…", "password": "another long pass phrase"}]})

    token: Token
    password: Password


class TokenEntry(Entry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "kZ0…"}]})

    token: Token


class Asked(BaseModel):
    """The same words whether the address is known or not."""

    detail: str = SAID


@router.post("/password-resets", status_code=202, operation_id="users_ask_reset", summary="Ask for a new password")
def post_reset(entry: ResetEntry, request: Request, found: ServicesDep) -> Asked:
    """One mail with a link that opens for an hour, if the address has a login; the answer is the same if it has none."""
    ask(found, entry.email, "reset", client_address(request, found.settings.trusted_proxies))
    return Asked()


@router.post("/password-resets/confirm", status_code=204, operation_id="users_reset", summary="Set a new password")
def post_new_password(entry: NewPasswordEntry, request: Request, found: ServicesDep) -> None:
    """One login with a new password: every session of it ends, in every account."""
    found.rates.hit(found.settings.login_rate, "token", client_address(request, found.settings.trusted_proxies))
    use_token(found.database, entry.token.get_secret_value(), "reset", entry.password.get_secret_value())


@router.post("/email-verifications", status_code=202, operation_id="users_ask_verification", summary="Ask for a confirmation mail")
def post_verification(principal: PrincipalDep, request: Request, found: ServicesDep) -> Asked:
    """One mail to the address of who asks, if it is not confirmed yet."""
    if principal.email is None:
        raise Problem("conflict", "found an API key, expected a person: sign in and ask again")
    ask(found, principal.email, "verify", client_address(request, found.settings.trusted_proxies))
    return Asked()


@router.post("/email-verifications/confirm", status_code=204, operation_id="users_verify", summary="Confirm an address")
def post_verified(entry: TokenEntry, request: Request, found: ServicesDep) -> None:
    """One address that has shown that mail reaches it."""
    found.rates.hit(found.settings.login_rate, "token", client_address(request, found.settings.trusted_proxies))
    use_token(found.database, entry.token.get_secret_value(), "verify")
