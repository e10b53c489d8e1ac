"""The API's description of itself, with what the framework does not know: problems have a content type of their own."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from payments.api.problems import CONTENT_TYPE

_JSON = "application/json"
_METHODS = frozenset({"get", "post"})


class DescribedAPI(NinjaAPI):
    """Describes what it does."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # noqa: ANN401  (the framework's own)
        """As OpenAPI."""
        described = super().get_openapi_schema(**options)
        for address in described["paths"].values():
            for operation in (operation for method, operation in address.items() if method in _METHODS):
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and _JSON in answer.get("content", {}):
                        answer["content"] = {CONTENT_TYPE: answer["content"][_JSON]}
        return described
