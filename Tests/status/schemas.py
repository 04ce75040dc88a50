"""The JSON Schemas of the documentation, applied strictly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DIRECTORY = Path(__file__).parents[2] / "docs/schemas"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in DIRECTORY.glob("*.schema.json"))


class Schema:
    """One schema; for programs it allows more fields than it names, here it does not."""

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = json.loads((DIRECTORY / f"{name}.schema.json").read_text())
        Draft202012Validator.check_schema(self.document)
        self._validator = Draft202012Validator(_closed(self.document))

    def problems(self, answer: object) -> list[str]:
        """Where an answer is not as the schema says."""
        return [f"{error.json_path}: {error.message}" for error in self._validator.iter_errors(answer)]

    def fields(self) -> set[str]:
        """The path of every field, for example ``origins.since``."""
        return set(self._fields(self.document, ""))

    def _fields(self, schema: dict[str, Any], path: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self.document["$defs"][schema["$ref"].rpartition("/")[2]]
        for each in schema.get("oneOf", []):
            yield from self._fields(each, path)
        if "items" in schema:
            yield from self._fields(schema["items"], path)
        for name, member in schema.get("properties", {}).items():
            yield path + name
            yield from self._fields(member, f"{path}{name}.")


def fields_of(answer: object, path: str = "") -> Iterator[str]:
    """The paths of the fields that an answer has, in the form of ``Schema.fields``."""
    if isinstance(answer, list):
        for each in answer:
            yield from fields_of(each, path)
    elif isinstance(answer, dict):
        for name, member in answer.items():
            yield path + name
            yield from fields_of(member, f"{path}{name}.")


def _closed(schema: Any) -> Any:
    """The same schema, in which objects have no other fields than those named."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(member) for name, member in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed["additionalProperties"] = False
    return closed
