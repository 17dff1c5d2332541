"""The OpenAPI 3.1 document, generated from the registry: every command and query, its fields and who may send it."""

from collections.abc import Iterable
from functools import cache
from typing import Any, get_type_hints

import msgspec

from jishi import __version__
from jishi.api.endpoints import Endpoint, QueryEndpoint
from jishi.api.errors import codes
from jishi.api.outside import id_text, nested_struct, within
from jishi.api.registry import endpoints
from jishi.api.wire import JSON
from jishi.kernel.public import noun_of

REF = "#/components/schemas/{name}"
LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
BEARER = {"type": "http", "scheme": "bearer", "description": "A key for a program, or a party token."}
PROBLEM_REF = {"$ref": "#/components/responses/Problem"}
ACCEPTED_REF: dict[str, Any] = {"$ref": "#/components/schemas/Accepted"}
BODIES: dict[bytes, dict[str, Any]] = {
    "image/": {"type": "string", "format": "binary"},
    "text/csv": {"type": "string"},
}


@cache
def view_outer(view: type) -> type:
    """A view's outside type: ids as strings, None where there is none."""
    hints, fields = get_type_hints(view, include_extras=True), []
    for name in view.__struct_fields__:
        hint = hints[name]
        noun, nested = noun_of(hint), nested_struct(hint)
        if noun:
            hint = id_text(noun) | None
        elif nested:
            hint = within(hint, nested, view_outer(nested))
        fields.append((name, hint))
    return msgspec.defstruct(view.__name__, fields, namespace={"__doc__": view.__doc__}, module="shown")


def views_of(made: Iterable[Any]) -> dict[type, type]:
    """Every view with its outside type, made once: two operations may answer with the same one."""
    return {view: view_outer(view) for one in made if (view := view_of(one))}


def view_of(one: Endpoint) -> type | None:
    """The struct an endpoint answers with; None for what the engine answers."""
    return one.asked.view if isinstance(one, QueryEndpoint) else one.shown


def openapi(engine: Any = None) -> dict[str, Any]:
    """The document. It is the same with and without an engine."""
    made = endpoints(engine, None)
    views = views_of(made)
    outers = [*dict.fromkeys([*(one.reader.outer for one in made), *views.values()])]
    schemas, components = msgspec.json.schema_components(outers, ref_template=REF)
    schema_of = dict(zip(outers, schemas, strict=True))
    paths: dict[str, dict] = {}
    for one in made:
        told = operation(one, schema_of, components, views)
        paths.setdefault(f"/v1/{one.path}", {})[one.method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {"title": "Jishi", "version": __version__, "license": LICENSE},
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**components, **own_schemas()},
            "responses": {"Problem": problem_response()},
            "securitySchemes": {"bearer": BEARER},
        },
    }  # fmt: skip


def operation(one: Any, schema_of: dict, components: dict, views: dict[type, type]) -> dict[str, Any]:
    """One operation."""
    told: dict[str, Any] = {
        "operationId": one.path.replace("/", "-"),
        "tags": [one.path.partition("/")[0]],
        "summary": one.summary,
        "x-who": one.roles,
        "security": [{}, {"bearer": []}] if one.public else [{"bearer": []}],
    }
    if one.note:
        told["description"] = one.note
    asked = schema_of[one.reader.outer]
    plain = one.media == (JSON,)
    told["parameters"] = [] if plain and one.method == "POST" else query_parameters(asked, components)
    if one.method == "POST":
        told["parameters"] += [HEADER_KEY, HEADER_PREFER] if one.keyed else [HEADER_PREFER]
        told["requestBody"] = {"required": True, "content": contents_of(one, asked)}
    view = view_of(one)
    answer = schema_of[views[view]] if view else ACCEPTED_REF
    if isinstance(one, QueryEndpoint) and one.asked.paged:
        items = {"type": "array", "items": answer}
        answer = {
            "type": "object", "required": ["items", "after"],
            "properties": {"items": items, "after": {"type": "string"}},
        }  # fmt: skip
    told["responses"] = {
        "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
        "4XX": PROBLEM_REF,
        "503": PROBLEM_REF,
    }
    return told


def contents_of(one: Endpoint, asked: dict) -> dict[str, Any]:
    """The kinds of body an endpoint takes, each with its schema."""
    return {
        kind + ("*" if kind.endswith("/") else ""): {"schema": BODIES.get(kind, asked)} for kind in one.media
    }


HEADER_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "The same key with the same body gets the same answer again.",
    "schema": {"type": "string", "maxLength": 80, "pattern": "^[ -~]*$"},
}  # fmt: skip
HEADER_PREFER = {
    "name": "Prefer", "in": "header", "required": False,
    "description": "`dry-run` answers as if, and changes nothing.",
    "schema": {"type": "string", "enum": ["dry-run"]},
}  # fmt: skip


def query_parameters(schema: dict, components: dict) -> list[dict[str, Any]]:
    """The fields of a query, each as a parameter."""
    shape = components[schema["$ref"].rpartition("/")[2]]
    required = set(shape.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": without_null(told)}
        for name, told in shape["properties"].items()
    ]


def without_null(schema: dict) -> dict:
    """A parameter is left out, never null."""
    parts = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    return parts[0] if len(parts) == 1 else schema


def own_schemas() -> dict[str, Any]:
    """Schemas that stand for no struct: what every accepted command answers, and the problem."""
    accepted = {"owner": {"type": "string"}, "seq": {"type": "integer"}, "at_ms": {"type": "integer"}}
    text = {"type": "string"}
    problem = {
        "type": text, "status": {"type": "integer"}, "code": {"type": "string", "enum": sorted(codes())}, "title": text,
        "detail": text, "next": text, "field": text, "facts": {"type": "object"},
        "differences": {"type": "array", "items": {"type": "object"}},
    }  # fmt: skip
    needed = ["type", "status", "code", "title", "detail", "next"]
    return {
        "Accepted": {"type": "object", "properties": accepted, "additionalProperties": True},
        "Problem": {"type": "object", "properties": problem, "required": needed},
    }


def problem_response() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": "Not possible; nothing was changed. The code is stable.", "content": content}
