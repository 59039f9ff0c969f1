"""What every operation declares: its permission, its key, its problems, an example one can send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from app.access.permissions import Permission
from app.core.errors import REGISTRY
from app.http.examples import shows_nothing
from tests.openapi import Operation, document, operations

PUBLIC = {
    "category_list": "the tree in which goods stand, and what licences they need",
    "region_list": "codes of the Ministry of Home Affairs",
    "commodity_list": "what can be traded here",
    "listing_list": "the shelf; a key adds one's own",
    "listing_read": "a published listing; a key adds one's own",
    "listing_facets": "how the shelf divides",
    "listing_suggestions": "words that stand on the shelf",
    "listing_availability": "how much of a published listing can be ordered, and when",
    "product_feed_read": "the shelf, line by line",
    "photo_read": "what a listing shows on the shelf; a key adds one's own",
    "template_read": "the empty sheet for imports",
    "tracking_stream": "the same, as it happens",
    "tracking_read": "a shipment by the code its receiver was told; no party's data",
}
UNKEYED = {
    "api_key_create": "its answer holds a secret, which is never kept",
    "document_link": "its answer opens a document to whoever has it, and nothing is stored",
    "api_key_revoke": "revoking twice changes nothing",
    "telemetry_record": "a reading is known by shipment, device and time; told twice it is stored once",
    "tracking_event_record": "a fact is known by its own id or what it says; told twice it is stored once",
    "tracking_event_receive": "a carrier's system knows no such header; a fact told twice is stored once",
    "epcis_capture": "the standard knows no such header; an event told twice is stored once",
}
PREVIEWS = {o.id for o in operations() if o.path.endswith("/preview")}
"""What a command would do, answered without storing anything: no key is kept for it."""
WRITES = [o for o in operations() if o.method in ("POST", "PATCH")]

every = pytest.mark.parametrize("operation", operations(), ids=lambda o: o.id)
every_write = pytest.mark.parametrize("operation", WRITES, ids=lambda o: o.id)


@every
def test_it_needs_a_permission_or_is_reviewed_as_public(operation: Operation) -> None:
    if operation.public:
        assert operation.id in PUBLIC
        assert operation.method == "GET"
    else:
        assert operation.permission in set(Permission)


def test_operation_ids_are_unique_and_read_object_verb() -> None:
    ids = [operation.id for operation in operations()]
    assert len(ids) == len(set(ids))
    assert not [i for i in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)+", i)]


@every
def test_its_id_is_its_permission_when_it_commands(operation: Operation) -> None:
    """Grep one word, find the feature: order:confirm is order_confirm is …/confirm."""
    if operation.method != "POST":
        return
    assert operation.permission is not None
    named = operation.permission.replace(":", "_")
    if operation.id in PREVIEWS:
        assert operation.id == f"{named}_preview"
        return
    assert operation.id == named
    verb = operation.path.rpartition("/")[2].replace("-", "_")
    if operation.path.rpartition("/")[0].endswith("}"):
        created = "201" in operation.spec["responses"]
        assert created or operation.id.endswith(f"_{verb}")


@every_write
def test_a_post_needs_an_idempotency_key(operation: Operation) -> None:
    key = operation.parameter("Idempotency-Key")
    if operation.method == "POST" and operation.id not in {*UNKEYED, *PREVIEWS}:
        assert key is not None
        assert key["required"]
        assert key["schema"]["maxLength"] == 255
    if operation.id in {*UNKEYED, *PREVIEWS}:
        assert key is None


@every
def test_its_problems_are_documented(operation: Operation) -> None:
    wanted = {"422", "503"}
    if not operation.public:
        wanted |= {"401", "403"}
    if operation.path_parameters:
        wanted.add("404")
    if operation.method in ("POST", "PATCH"):
        wanted |= {"400", "409", "413", "415"}
    if operation.method == "PATCH":
        wanted |= {"412", "428"}
    responses = operation.spec["responses"]
    assert wanted <= set(responses)
    for status, response in responses.items():
        if int(status) >= 400:
            assert list(response["content"]) == ["application/problem+json"]


@every
def test_it_says_what_it_does(operation: Operation) -> None:
    assert len(operation.spec.get("description", "")) >= 10
    assert operation.spec["summary"]
    assert operation.spec["tags"]


@every
def test_its_parameters_have_examples(operation: Operation) -> None:
    """An id in a path shows its kind; nobody is left with `string`."""
    for parameter in operation.spec.get("parameters", ()):
        if parameter["in"] == "path":
            shown = parameter.get("example", _first(parameter.get("schema", {})))
            assert shown not in (None, "string"), parameter["name"]


@every_write
def test_its_body_has_an_example_that_is_valid(operation: Operation) -> None:
    """Sent as it stands it is refused at most for ids that name nothing."""
    schema = operation.body_schema(document())
    if schema is None:
        return
    examples = schema.get("examples")
    assert examples, f"{operation.id}: its body's schema has no examples"
    components = {"components": document()["components"]}
    for example in examples:
        Draft202012Validator(schema | components).validate(example)
        assert "string" not in set(_texts(example))


def test_every_problem_code_is_in_the_document() -> None:
    codes = document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert codes == sorted(REGISTRY)
    assert len(codes) > 20


def test_names_of_schemas_say_nothing_of_modules() -> None:
    """Two classes of one name would stand there as `app__orders__schemas__CancelIn`."""
    assert not [name for name in document()["components"]["schemas"] if "__" in name]


def test_every_schema_of_a_request_refuses_unknown_fields() -> None:
    schemas = document()["components"]["schemas"]
    open_ones = [
        name
        for name, schema in schemas.items()
        if name.endswith(("In", "Patch"))
        and schema.get("type") == "object"
        and schema.get("additionalProperties") is not False
    ]
    assert open_ones == ["BiteshipIn"], "a carrier's own message may say more than we read"


def _first(schema: dict[str, Any]) -> Any:
    return next(iter(schema.get("examples", ())), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def test_no_example_says_string() -> None:
    """Whatever a reader would see as ``"string"`` has an example with Blitar's data instead."""
    bare = [
        f"{name}.{field}"
        for name, schema in document()["components"]["schemas"].items()
        if name != "Problem"  # its examples are whole documents, one for each status
        for field, said in schema.get("properties", {}).items()
        if shows_nothing(said)
    ]
    assert not bare


def test_every_path_parameter_shows_an_example() -> None:
    for operation in operations():
        for parameter in operation.spec["parameters"]:
            if parameter["in"] == "path":
                assert "example" in parameter, (operation.id, parameter["name"])
