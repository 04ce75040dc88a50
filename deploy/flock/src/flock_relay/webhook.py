"""What a publish request says about its webhook: pure, bytes in, decision out."""

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
"""A body with none of these names no webhook: neither plainly, nor escaped, nor in UTF-16."""

_ASKED = ("webhook_url", "webhook_secret")


class InvalidSecret(ValueError):
    """A signing secret no webhook can be signed with."""


def check_secret(secret: str) -> str:
    """``secret`` itself; raises ``InvalidSecret`` if the relay would refuse it."""
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
            raise InvalidSecret("a signing secret that starts with whsec_ must go on in base64")
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
    """Where the artifacts of one request go. ``secret`` None: the bridge's or the relay's."""

    url: str
    secret: str | None


class Extraction(NamedTuple):
    """A publish request without the webhook that it named.

    ``body``: what Flock gets, with spaces behind it, which JSON allows, so that the
    Content-Length stays true if it can. ``artifact_type``: the type the body asks to
    publish, known only with a webhook.
    ``errors``: in FastAPI's form; if there are any, the request is to be refused.
    """

    body: bytes
    webhook: Webhook | None = None
    artifact_type: str | None = None
    errors: tuple[Mapping[str, Any], ...] = ()


def extract(body: bytes, query: bytes) -> Extraction | None:
    """Take the webhook out of a publish request's body and query string; None if they name none.

    The first of these that is there counts: ``webhook_url`` in the body, Flock's own
    ``webhook`` in the body, ``webhook_url`` in the query. A body that is no JSON
    object is left to Flock, which answers with its own error.
    """
    asked = _asked(query) if query else {}
    if not asked:
        # find() and not "in", which costs bytes an exception inside.
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
_LONGEST_REMEMBERED = 4096
"""Bytes of either end of a body that is remembered with what it says."""
_MOST_REMEMBERED = 1024


def _cut_off(body: bytes, named: int) -> Extraction | None:
    """``extract`` for the usual body, without parsing it: the type first, the webhook last.

    ``named``: where "webhook" is named first. None for a body of another form.

    The members before the last brace are the object's own, whatever stands before
    them, if they are plain strings: a string ends before the brace, no quote and no
    backslash is in it, and the colon before it shows that it begins where it seems to.
    What is left is the same text without them, and JSON exactly if the whole was.
    """
    comma = body.rfind(b",", 0, named)
    first = body.find(b",", 0, _LONGEST_REMEMBERED)
    if first < 0 or comma < first or len(body) - comma > _LONGEST_REMEMBERED:
        return None
    ends = body[:first] + body[comma:]
    said = _said.get(ends)
    if said is None and (said := _read(ends, first)) is None:
        return None
    kept = body[:comma]
    if kept.find(_TYPE, len(_TYPE_FIRST)) >= 0 or kept.find(_ESCAPE) >= 0:
        return None
    # As Extraction(...) makes it, but without a call of Python's.
    return tuple.__new__(Extraction, ((kept + b"}").ljust(len(body)), *said, ()))


_said: dict[bytes, tuple[Webhook, str]] = {}
"""The webhook and the type by the two ends of the body that said them. Requests repeat
theirs, and nearly all the rest of this is spent on the first of its kind."""


def _read(ends: bytes, first: int) -> tuple[Webhook, str] | None:
    """What the ends of a usual body say, remembered; None if it is another body.

    ``first``: where the second of them begins.
    """
    if (webhook := _last_members(ends[first:])) is None:
        return None
    if (artifact_type := _type_first(ends[:first])) is None:
        return None
    if len(_said) >= _MOST_REMEMBERED:
        _said.clear()
    _said[ends] = webhook, artifact_type
    return webhook, artifact_type


def _last_members(text: bytes) -> Webhook | None:
    """The webhook of which ``text`` consists, with the brace behind it; None if it is another text."""
    found = _URL_AND_SECRET_LAST.fullmatch(text)
    if found is None or (url := _normal_url(found[1].decode())) is None:
        return None
    secret = None if found[2] is None else found[2].decode()
    return Webhook(url, secret) if secret is None or _is_usable(secret) else None


def _type_first(text: bytes) -> str | None:
    """The type that is the only member of the object which ``text`` begins; None if it is another text."""
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
    """The webhook among what body and query say; what is wrong with it is added to ``errors``."""
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
    """What Flock's ``json.loads`` makes of ``body``, several times as fast where possible.

    pydantic's parser refuses some of what Python's takes (UTF-16, lone surrogates,
    great depth) and reads the rest alike. Raises ``ValueError`` or ``RecursionError``.
    """
    try:
        return from_json(body)
    except ValueError:
        return json.loads(body)


def _written(fields: dict[str, Any]) -> bytes:
    """JSON that ``json.loads`` turns into ``fields`` again, NaN and all."""
    try:
        return to_json(fields)
    except ValueError:
        return json.dumps(fields).encode()


def _asked(query: bytes) -> dict[str, list[str]]:
    """The webhook's part of a query string."""
    fields = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    return {name: values for name, values in fields.items() if name in _ASKED}


_NOT_IN_QUERY = "Send webhook_secret in the JSON body: access logs keep query strings"


@lru_cache(maxsize=1024)
def _normal_url(url: str) -> str | None:
    """``url`` as Flock's HttpUrl writes it, None if that refuses it. Requests repeat their URLs."""
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
            # An answer may end up in a log: it must not repeat a secret.
            shown = None if "secret" in where[-1] else found["input"]
            errors.append({**found, "loc": where, "input": shown})
        return None


def _error(kind: str, place: tuple[str, ...], message: str) -> Mapping[str, Any]:
    return {"type": kind, "loc": place, "msg": message, "input": None}
