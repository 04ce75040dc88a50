"""The webhook fields of a publish request. Pure functions on bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Required, TypedDict
from urllib.parse import parse_qs

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic_core import CoreSchema, Url, core_schema, from_json, to_json

from flock_relay.registrations import (
    MAX_SECRETS,
    MAX_TEXT_BYTES,
    STANDARD_PREFIX,
    InvalidSecret,
    Registration,
    check_secret,
)

PREFIX = "webhook"
"""Every field of a publish request whose name starts so belongs to the bridge."""

type Errors = tuple[Mapping[str, Any], ...]
"""Validation errors in FastAPI's form: ``type``, ``loc``, ``msg``, ``input``."""


class PublishBody(NamedTuple):
    """A publish request without its webhook fields.

    ``body``: what Flock gets. ``artifact_type``: the type in it, None if there is none.
    ``errors``: if there are any, the request must be rejected.
    """

    body: bytes
    artifact_type: str | None = None
    registration: Registration | None = None
    errors: Errors = ()


def take_webhook(body: bytes, query: bytes) -> PublishBody:
    """Take the webhook fields out of a publish request.

    A body that is not a JSON object is left to Flock, which answers with its own error.
    Raises ``RecursionError`` for a body that is too deep to be written again.
    """
    try:
        fields = _parsed(body)
    except (ValueError, RecursionError):
        return PublishBody(body)
    if not isinstance(fields, dict):
        return PublishBody(body)
    given = {name: fields.pop(name) for name in list(fields) if name.startswith(PREFIX)}
    named = fields.get("type")
    artifact_type = named if isinstance(named, str) else None
    if not given and not query:
        return PublishBody(body, artifact_type)
    # White space keeps the length, so that the headers of the request need no change.
    rest = _written(fields).ljust(len(body)) if given else body
    if not query:
        # Most requests give every field in one place, without a mistake.
        try:
            return PublishBody(rest, artifact_type, registration_of(_in_one_place(given)))
        except InvalidFields:
            pass
    settings = _Settings()
    settings.read_body(given)
    settings.read_query(query)
    return PublishBody(rest, artifact_type, settings.registration(), tuple(settings.errors))


def _in_one_place(given: dict[str, Any]) -> Any:
    """The fields by name if all are in one place; otherwise something that is not valid."""
    if len(given) == 1 and PREFIX in given:
        return given[PREFIX]
    return {name.removeprefix(f"{PREFIX}_"): value for name, value in given.items()}


# Characters, of which a text has at most as many as bytes. A validator in Python, which would
# count bytes, takes longer than all other rules together.
type _Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_BYTES)]
type _Texts = Annotated[list[_Text], Field(min_length=1)]


class _HttpUrl:
    """The rule of pydantic's HttpUrl without its wrapper, which takes longer than all other fields."""

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        return core_schema.url_schema(max_length=2083, allowed_schemes=["http", "https"])


@with_config(ConfigDict(extra="forbid", strict=True))
class _WebhookFields(TypedDict, total=False):
    """Everything that a publish request can say of its webhook."""

    url: Required[Annotated[Url, _HttpUrl()]]
    secret: Annotated[list[str], Field(min_length=1, max_length=MAX_SECRETS)]
    events: Annotated[list[Literal["artifact.created", "workflow.completed"]], Field(min_length=1)]
    types: _Texts
    producers: _Texts
    ordering: Literal["parallel", "ordered"]
    max_retries: Annotated[int, Field(ge=0, le=100)]


_validate = TypeAdapter(_WebhookFields).validator.validate_python
_NAMES = tuple(_WebhookFields.__annotations__)


class InvalidFields(ValueError):
    """``errors``: what is wrong, in pydantic's form: ``type``, ``loc``, ``msg``, ``input``, ``ctx``."""

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("invalid webhook fields")
        self.errors = errors


def registration_of(values: Any) -> Registration:
    """The registration that the fields ``values`` describe. Raises ``InvalidFields``."""
    if isinstance(values, dict) and isinstance(secret := values.get("secret"), str):
        values = {**values, "secret": [secret]}
    try:
        found: _WebhookFields = _validate(values)
    except ValidationError as error:
        raise InvalidFields([*error.errors(include_url=False), *_bad_texts(values)]) from None
    secrets, types, producers = found.get("secret", ()), found.get("types"), found.get("producers")
    texts = " ".join((*secrets, *(types or ()), *(producers or ())))
    is_plain = texts.isascii() and len(texts) <= MAX_TEXT_BYTES and STANDARD_PREFIX not in texts and "" not in secrets
    if not is_plain and (errors := _bad_texts(values)):
        raise InvalidFields(errors)
    return Registration(
        str(found["url"]),
        tuple(secrets),
        tuple(found["events"]) if "events" in found else None,
        None if types is None else tuple(types),
        None if producers is None else tuple(producers),
        found.get("ordering"),
        found.get("max_retries"),
    )


def _bad_texts(values: Any) -> list[Mapping[str, Any]]:
    """Errors that pydantic does not find: secrets without a key, texts with too many bytes."""
    errors: list[Mapping[str, Any]] = []
    if not isinstance(values, dict):
        return errors
    for name in ("secret", "types", "producers"):
        texts = values.get(name)
        for index, text in enumerate(texts if isinstance(texts, list) else ()):
            if not isinstance(text, str):
                continue
            if name == "secret":
                try:
                    check_secret(text)
                except InvalidSecret as error:
                    errors.append({"type": "invalid_secret", "loc": (name, index), "msg": str(error), "input": None})
            elif not text.isascii() and len(text) <= MAX_TEXT_BYTES < len(text.encode("utf-8", "surrogatepass")):
                message = f"Each should have 1 to {MAX_TEXT_BYTES} bytes"
                errors.append({"type": "invalid_text", "loc": (name, index), "msg": message, "input": text})
    return errors


class _Settings:
    """Collects the fields of one request by name, and where each was given."""

    def __init__(self) -> None:
        self.errors: list[Mapping[str, Any]] = []
        self._values: dict[str, Any] = {}
        self._places: dict[str, tuple[str, ...]] = {}

    def read_body(self, given: Mapping[str, Any]) -> None:
        """``given``: the fields of the JSON body that start with "webhook"."""
        for key, value in given.items():
            if key != PREFIX:
                self._add(key.removeprefix(f"{PREFIX}_"), value, ("body", key))
            elif isinstance(value, dict):
                for name, item in value.items():
                    self._add(name, item, ("body", PREFIX, name))
            elif value is not None:
                message = f"Input should be an object with some of: {', '.join(_NAMES)}"
                self._reject("dict_type", ("body", PREFIX), message, value)

    def read_query(self, query: bytes) -> None:
        """Only ``webhook_url`` is read from the query string, and only if the body has none."""
        for name, values in parse_qs(query.decode("latin-1"), keep_blank_values=True).items():
            if name == "webhook_url":
                if "url" not in self._values:
                    self._add("url", values[-1], ("query", name))
            elif name.startswith(PREFIX):
                message = f"Send {name} in the JSON body: access logs keep query strings"
                self._reject("not_in_query", ("query", name), message)

    def registration(self) -> Registration | None:
        """The registration that the fields describe; None without any field, or with errors."""
        if not self._values:
            return None
        try:
            found = registration_of(self._values)
        except InvalidFields as error:
            for each in error.errors:
                self._reject(each["type"], self._place(*each["loc"]), each["msg"], each["input"], each.get("ctx"))
        return None if self.errors else found

    def _add(self, name: str, value: Any, place: tuple[str, ...]) -> None:
        if name not in _NAMES:
            prefix = f"{PREFIX}_" if len(place) == 2 else ""
            message = f"Unknown webhook field; use one of: {', '.join(prefix + each for each in _NAMES)}"
            self._reject("extra_forbidden", place, message)
        elif value is not None:
            if name in self._values:
                message = f"Already given as {'.'.join(self._places[name][1:])}; send only one of them"
                self._reject("given_twice", place, message)
            self._values[name] = value
            self._places[name] = place

    def _place(self, name: str | int, *rest: str | int) -> tuple[str | int, ...]:
        """Where the request has what pydantic calls ``name``, ``rest``."""
        nested = bool(self._places) and all(len(place) == 3 for place in self._places.values())
        missing = ("body", PREFIX, "url") if nested else ("body", f"{PREFIX}_url")
        place = self._places.get(str(name), missing)
        return place if isinstance(self._values.get(str(name)), str) else (*place, *rest)

    def _reject(
        self,
        kind: str,
        place: tuple[str | int, ...],
        message: str,
        value: object = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        # An answer may be logged, so it must not repeat a secret. Objects and lists may contain one.
        is_harmless = isinstance(value, (str, int, float)) and not any("secret" in str(part) for part in place)
        error = {"type": kind, "loc": place, "msg": message, "input": value if is_harmless else None}
        self.errors.append(error if context is None else {**error, "ctx": context})


def _parsed(body: bytes) -> Any:
    """The result of Flock's ``json.loads`` for ``body``, several times as fast where possible.

    pydantic's parser rejects some input that Python's accepts (UTF-16, lone surrogates,
    great depth) and reads the rest equally. Raises ``ValueError`` or ``RecursionError``.
    """
    try:
        return from_json(body)
    except ValueError:
        return json.loads(body)


def _written(fields: dict[str, Any]) -> bytes:
    """JSON that ``json.loads`` parses as ``fields`` again, NaN included."""
    try:
        return to_json(fields)
    except ValueError:
        return json.dumps(fields).encode()
