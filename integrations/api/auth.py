"""Who is calling, and what the token lets it reach."""

from typing import cast

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from ninja.security.http import HttpAuthBase

from integrations.api.errors import ApiError, token_refused
from integrations.models import ApiToken, TokenScope
from integrations.tokens import authenticate
from vitrines.models import Vitrine


class BearerToken(HttpAuthBase):
    """``Authorization: Bearer <token>`` with one scope. No cookie counts here."""

    openapi_scheme = "bearer"
    openapi_description = "Token emitido em /tokens/ ou por manage.py issue_token."

    def __init__(self, scope: TokenScope) -> None:
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiToken | None:
        header = request.headers.get("Authorization", "")
        scheme, _, key = header.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return None
        token = authenticate(key.strip(), now=timezone.now())
        if token is None:
            raise token_refused("token_invalid", "O token não existe ou foi revogado.")
        if self.scope not in token.scopes:
            raise ApiError(
                403,
                "scope_missing",
                f"O token não tem a permissão “{self.scope}” ({self.scope.label}).",
                {"Authorization": "Use um token com esta permissão."},
            )
        return token


class Reach:
    """The vitrines of one token, each looked up once a request."""

    def __init__(self, request: HttpRequest) -> None:
        self.token = cast(ApiToken, request.auth)  # type: ignore[attr-defined]
        self._found: dict[str, Vitrine] = {}

    @property
    def actor_label(self) -> str:
        return f"token {self.token.name}"[:150]

    def vitrine(self, code: str) -> Vitrine:
        """404 when there is none of that code, 403 when the token does not reach it."""
        if code not in self._found:
            self._found[code] = self._look_up(code)
        return self._found[code]

    def _look_up(self, code: str) -> Vitrine:
        links = ApiToken.vitrines.through.objects.filter(
            apitoken_id=self.token.pk, vitrine_id=OuterRef("pk")
        )
        vitrine = Vitrine.objects.filter(code=code).annotate(reached=Exists(links)).first()
        if vitrine is None:
            raise ApiError(
                404,
                "vitrine_unknown",
                f"Não há vitrine de código {code}.",
                {"vitrine": "Confira o código em Produtos e Serviços › Vitrine › Vitrines."},
            )
        if not vitrine.reached:
            raise ApiError(
                403,
                "vitrine_forbidden",
                f"O token não alcança a vitrine {code}.",
                {"vitrine": "Use um token emitido para esta vitrine."},
            )
        return vitrine
