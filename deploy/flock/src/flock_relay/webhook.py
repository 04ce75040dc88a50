"""Parses the webhook of a publish request. Pure functions on bytes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, Protocol
from urllib.parse import parse_qs

from pydantic import AfterValidator, BaseModel, HttpUrl, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, SchemaValidator, core_schema, from_json, to_json

STANDARD_PREFIX = "whsec_"
_PLAIN, _ESCAPE, _UTF_16 = b"webhook", b"\\u", b"\0"
"""A body without any of these has no webhook: neither plain, nor with escapes, nor in UTF-16."""

_ASKED = ("webhook_url", "webhook_secret")


class InvalidSecret(ValueError):
    """An unusable signing secret."""


def check_secret(secret: str) -> str:
    """``secret`` itself; raises ``InvalidSecret`` if the relay would reject it."""
    if not secret:
        raise InvalidSecret("a signing secret must not be empty")
    if not secret.isascii():
        try:
            secret.encode()
        except UnicodeEncodeError:
            raise InvalidSecret("a signing secret must be valid Unicode") from None
    if secret.startswith(STANDARD_PREFIX):
        encoded = secret.removeprefix(STANDARD_PREFIX).rstrip("=")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except ValueError:
            key = b""
        if not key:
            raise InvalidSecret("a signing secret that starts with whsec_ must continue in base64")
    return secret


def _checked(secret: str) -> str:
    try:
        return check_secret(secret)
    except InvalidSecret as error:
        raise PydanticCustomError("invalid_secret", str(error)) from None


def _is_usable(secret: str) -> bool:
    try:
        check_secret(secret)
    except InvalidSecret:
        return False
    return True


type Secret = Annotated[str, AfterValidator(_checked)]


class _FlocksOwnField(BaseModel):
    """The value of ``webhook`` in a publish body, as flock-core defines it."""

    url: HttpUrl
    secret: Secret | None = None


# The rule of HttpUrl without its Python wrapper: this runs for every such request.
_url = SchemaValidator(core_schema.url_schema(max_length=2083, allowed_schemes=["http", "https"]))
_secret = TypeAdapter(Secret)
_own_field = TypeAdapter(_FlocksOwnField)


class _Rule(Protocol):
    def validate_python(self, value: Any, /, *, from_attributes: bool | None = None) -> Any: ...


class Webhook(NamedTuple):
    """The target of the artifacts of one request. ``secret`` None: the bridge's or the relay's secret."""

    url: str
    secret: str | None


class Extraction(NamedTuple):
    """A publish request after its webhook is removed.

    ``body``: the body for Flock, padded with spaces, which JSON allows, so that the
    Content-Length stays correct if possible. ``artifact_type``: the type in the body,
    known only with a webhook.
    ``errors``: in FastAPI's form; if there are any, the request must be rejected.
    """

    body: bytes
    webhook: Webhook | None = None
    artifact_type: str | None = None
    errors: tuple[Mapping[str, Any], ...] = ()


def extract(body: bytes, query: bytes) -> Extraction | None:
    """Remove the webhook from a publish request's body and query string; None if they have none.

    The first of these that exists is used: ``webhook_url`` in the body, Flock's own
    ``webhook`` in the body, ``webhook_url`` in the query. A body that is not a JSON
    object is left to Flock, which answers with its own error.
    """
    asked = _asked(query) if query else {}
    if not asked:
        # find() is faster than "in", which raises an exception internally for bytes.
        named = body.find(_PLAIN)
        if named < 0 and body.find(_ESCAPE) < 0 and body.find(_UTF_16) < 0:
            return None
        if named >= 0 and (found := _cut_off(body, named)) is not None:
            return found
    try:
        fields = _parsed(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None

    before = len(fields)
    url = fields.pop("webhook_url", None)
    secret = fields.pop("webhook_secret", None)
    own = fields.pop("webhook", None)
    if len(fields) != before:
        try:
            body = _written(fields).ljust(len(body))
        except RecursionError:
            return None
    elif not asked:
        return None

    errors: list[Mapping[str, Any]] = []
    webhook = _chosen(url, secret, own, asked, errors)
    named = fields.get("type")
    artifact_type = named if webhook and isinstance(named, str) else None
    return Extraction(body, None if errors else webhook, artifact_type, tuple(errors))


_TYPE_FIRST, _TYPE = b'{"type":', b'"type"'
_URL_AND_SECRET_LAST = re.compile(
    rb',\s*"webhook_url"\s*:\s*"([ !#-\[\]-~]+)"\s*'
    rb'(?:,\s*"webhook_secret"\s*:\s*"([ !#-\[\]-~]+)"\s*)?\}\s*'
)
_MAX_CACHED_BYTES = 4096
"""Maximum bytes of either end of a body that is cached."""
_MAX_CACHED = 1024


def _cut_off(body: bytes, named: int) -> Extraction | None:
    """``extract`` for the usual body, without parsing it: the type first, the webhook last.

    ``named``: the first position of "webhook". None for a body of another form.

    If the members before the last brace are plain strings, they belong to the outermost
    object, whatever precedes them: a string ends before the brace, it contains no quote
    and no backslash, and the colon before it marks its start. The rest is the same text
    without them, and is valid JSON exactly if the whole body is.
    """
    comma = body.rfind(b",", 0, named)
    first = body.find(b",", 0, _MAX_CACHED_BYTES)
    if first < 0 or comma < first or len(body) - comma > _MAX_CACHED_BYTES:
        return None
    ends = body[:first] + body[comma:]
    said = _cache.get(ends)
    if said is None and (said := _read(ends, first)) is None:
        return None
    kept = body[:comma]
    if kept.find(_TYPE, len(_TYPE_FIRST)) >= 0 or kept.find(_ESCAPE) >= 0:
        return None
    # The same as Extraction(...), without a Python call.
    return tuple.__new__(Extraction, ((kept + b"}").ljust(len(body)), *said, ()))


_cache: dict[bytes, tuple[Webhook, str]] = {}
"""Webhook and type by the two ends of a body. Requests repeat these ends, and parsing them
takes most of the time."""


def _read(ends: bytes, first: int) -> tuple[Webhook, str] | None:
    """Webhook and type from the ends of a usual body, cached; None for another body.

    ``first``: the length of the first end.
    """
    if (webhook := _last_members(ends[first:])) is None:
        return None
    if (artifact_type := _type_first(ends[:first])) is None:
        return None
    if len(_cache) >= _MAX_CACHED:
        _cache.clear()
    _cache[ends] = webhook, artifact_type
    return webhook, artifact_type


def _last_members(text: bytes) -> Webhook | None:
    """The webhook if ``text`` consists of its members and the closing brace, else None."""
    found = _URL_AND_SECRET_LAST.fullmatch(text)
    if found is None or (url := _normal_url(found[1].decode())) is None:
        return None
    secret = None if found[2] is None else found[2].decode()
    return Webhook(url, secret) if secret is None or _is_usable(secret) else None


def _type_first(text: bytes) -> str | None:
    """The type if ``text`` is the beginning of an object with the type as its only member, else None."""
    if not text.startswith(_TYPE_FIRST):
        return None
    try:
        value = from_json(text[len(_TYPE_FIRST) :])
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _chosen(
    url: Any, secret: Any, own: Any, asked: Mapping[str, list[str]], errors: list[Mapping[str, Any]]
) -> Webhook | None:
    """The webhook of body and query; problems are appended to ``errors``."""
    if "webhook_secret" in asked:
        errors.append(_error("secret_in_query", ("query", "webhook_secret"), _NOT_IN_QUERY))
    key = None if secret is None else _key(secret, errors)
    if url is None and own is not None:
        found = _validated(_own_field, own, ("body", "webhook"), errors)
        return found and Webhook(str(found.url), found.secret or key)
    place = ("body", "webhook_url")
    if url is None and "webhook_url" in asked:
        place, url = ("query", "webhook_url"), asked["webhook_url"][-1]
    if url is not None:
        target = _target(url, place, errors)
        return None if target is None else Webhook(target, key)
    if key is not None:
        errors.append(_error("missing", place, "Field required"))
    return None


def _key(secret: Any, errors: list[Mapping[str, Any]]) -> str | None:
    if isinstance(secret, str) and _is_usable(secret):
        return secret
    _validated(_secret, secret, ("body", "webhook_secret"), errors)
    return None


def _target(url: Any, place: tuple[str, ...], errors: list[Mapping[str, Any]]) -> str | None:
    if isinstance(url, str) and (target := _normal_url(url)) is not None:
        return target
    _validated(_url, url, place, errors)
    return None


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


def _asked(query: bytes) -> dict[str, list[str]]:
    """The webhook parameters of a query string."""
    fields = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    return {name: values for name, values in fields.items() if name in _ASKED}


_NOT_IN_QUERY = "Send webhook_secret in the JSON body: access logs keep query strings"


@lru_cache(maxsize=1024)
def _normal_url(url: str) -> str | None:
    """``url`` as Flock's HttpUrl writes it, None if it is invalid. Cached, because requests repeat URLs."""
    try:
        return str(_url.validate_python(url))
    except ValidationError:
        return None


def _validated(rule: _Rule, value: Any, place: tuple[str, ...], errors: list[Mapping[str, Any]]) -> Any:
    """``value`` checked against ``rule``; on failure None, and FastAPI-shaped ``errors``."""
    try:
        return rule.validate_python(value, from_attributes=True)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            where = (*place, *found["loc"])
            # The answer may be logged, so it must not repeat a secret.
            shown = None if "secret" in where[-1] else found["input"]
            errors.append({**found, "loc": where, "input": shown})
        return None


def _error(kind: str, place: tuple[str, ...], message: str) -> Mapping[str, Any]:
    return {"type": kind, "loc": place, "msg": message, "input": None}
