"""Bodies that are many items, each taken or refused by itself.

An endpoint says what it takes: ``batch: Annotated[Batch[ReadingIn], TakesBatch(TelemetryIn,
most_bytes=…)]``. The body is that object, whose only field is a list, or NDJSON with one item of
the list a line. One item that is wrong does not spoil the others; a body that cannot be read, has
too many items or too many bytes is refused whole. All of it is received and checked before the
operation's transaction begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args

from fastapi import Depends
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
)
from starlette.requests import ClientDisconnect, Request

from app.core.errors import FieldError, Invalid
from app.core.text import Language
from app.http.edge import BODY_LIMIT, Overloaded
from app.http.problems import Malformed, TooLarge
from app.http.uploads import (
    SECONDS,
    UPLOAD,
    Intake,
    UploadIncomplete,
    UploadTooSlow,
    declared_size,
)
from app.http.validation import field_errors

JSON, NDJSON = "application/json", "application/x-ndjson"

MOST_AT_ONCE = 64
"""Batches arriving or worked on at the same time, per process; those of trucks with bad connections
must leave places for others."""
MOST_HELD = 64 * 2**20
"""Bytes of them in memory at the same time, per process."""

Item = TypeVar("Item", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Batch(Generic[Item]):
    """A body's items by their place in it, and what is wrong with what is none."""

    items: list[tuple[int, Item]]
    wrong: list[tuple[int, FieldError]]


class RefusedItemOut(BaseModel):
    """An item that was not taken, and why. The others were."""

    index: int = Field(description="Its place in what was sent, from 0; of NDJSON the line.")
    pointer: str = Field(description="Which field of it.", examples=["/at"])
    code: str = Field(examples=["in_future"])
    detail: str = Field(examples=["This is in the future; check the clock and the time zone."])


def refused_items(
    wrong: Iterable[tuple[int, FieldError]], language: Language
) -> list[RefusedItemOut]:
    """What is *wrong* with items, on the wire, in the order in which they were sent."""
    return [
        RefusedItemOut(index=n, pointer=e.pointer, code=e.code, detail=e.detail.say(language))
        for n, e in sorted(wrong, key=lambda one: one[0])
    ]


def TakesBatch(body: type[BaseModel], *, most_bytes: int) -> Any:  # noqa: N802 - as Takes
    """A body of at most *most_bytes* that is a *body*, or NDJSON of the items of its list.

    How many there may be is said by the ``max_length`` of the list.
    """
    return Depends(BatchIntake(body, most_bytes))


class BatchIntake(Intake):
    """How one operation receives its batch."""

    working: ClassVar[int] = 0
    held: ClassVar[int] = 0

    def __init__(self, body: type[BaseModel], most_bytes: int) -> None:
        super().__init__((JSON, NDJSON), most_bytes, None)
        self.described = body
        ((field, info),) = body.model_fields.items()
        (item,) = get_args(info.annotation)
        self.field = field
        self.most_items = next(m.max_length for m in info.metadata if hasattr(m, "max_length"))
        self.item: TypeAdapter[Any] = TypeAdapter(item)
        each = Annotated[item, WrapValidator(_or_what_is_wrong)]  # type: ignore[valid-type]
        bounds = Field(min_length=1, max_length=self.most_items)
        self.whole = create_model(
            body.__name__,
            __config__=ConfigDict(extra="forbid"),
            **{field: (list[each], bounds)},  # type: ignore[call-overload]
        )

    async def __call__(self, request: Request) -> Batch[Any]:  # type: ignore[override]
        """The batch that the route received."""
        batch: Batch[Any] = request.scope[UPLOAD]
        return batch

    @property
    def body(self) -> dict[str, Any]:
        """The request's body, as OpenAPI says it."""
        lines = f"One item of `{self.field}` a line, as JSON."
        return {
            "required": True,
            "description": f"At most {self.most_items} items and {self.most // 2**20} MB.",
            "content": {
                JSON: {"schema": {"$ref": f"#/components/schemas/{self.described.__name__}"}},
                NDJSON: {"schema": {"type": "string", "description": lines}},
            },
        }

    @property
    def schemas(self) -> dict[str, Any]:
        """What `body` refers to, by name."""
        said = self.described.model_json_schema(ref_template="#/components/schemas/{model}")
        found: dict[str, Any] = said.pop("$defs", {})
        return found | {self.described.__name__: said}

    @asynccontextmanager
    async def receive(self, request: Request) -> AsyncIterator[None]:
        """Have the items of *request*'s body in its scope, as long as the block runs.

        Raises UploadType, TooLarge, UploadIncomplete, UploadTooSlow, Overloaded, Malformed or
        Invalid.
        """
        media_type = self._accepted(request)
        if (declared_size(request) or 0) > self.most:
            raise TooLarge  # before a single byte of it is read
        if BatchIntake.working >= MOST_AT_ONCE:
            raise Overloaded
        request.scope[BODY_LIMIT] = self.most
        BatchIntake.working += 1
        body, size = bytearray(), 0
        try:
            async for chunk in _arriving(request):
                if BatchIntake.held + len(chunk) > MOST_HELD:
                    raise Overloaded
                BatchIntake.held += len(chunk)
                size += len(chunk)
                body += chunk
            read = self._lines if media_type == NDJSON else self._object
            request.scope[UPLOAD] = read(body)
            body = bytearray()
            yield
        finally:
            BatchIntake.held -= size
            BatchIntake.working -= 1

    def _object(self, body: bytearray) -> Batch[Any]:
        try:
            found = getattr(self.whole.model_validate_json(body), self.field)
        except ValidationError as error:
            raise self._refusal(error) from None
        return _sorted_out(enumerate(found))

    def _lines(self, body: bytearray) -> Batch[Any]:
        lines = body.rstrip().split(b"\n", self.most_items)
        if len(lines) > self.most_items:
            raise TooLarge
        if lines == [b""]:
            raise UploadIncomplete
        return _sorted_out((n, self._line(line)) for n, line in enumerate(lines) if line.strip())

    def _line(self, line: bytearray) -> Any:
        try:
            return self.item.validate_json(line)
        except ValidationError as error:
            return _wrong(error)

    def _refusal(self, error: ValidationError) -> Exception:
        """What is wrong with a body as a whole."""
        found = error.errors(include_url=False, include_input=False)
        kinds = {(e["type"], e["loc"]) for e in found}
        if ("json_invalid", ()) in kinds:
            return Malformed()
        if ("too_long", (self.field,)) in kinds:
            return TooLarge()
        return Invalid(errors=field_errors([{**e, "loc": ("body", *e["loc"])} for e in found]))


async def _arriving(request: Request) -> AsyncIterator[bytes]:
    """The pieces of *request*'s body. Raises UploadTooSlow, UploadIncomplete."""
    until = asyncio.get_running_loop().time() + SECONDS
    stream = request.stream()
    try:
        while True:
            async with asyncio.timeout_at(until):
                chunk = await anext(stream, None)
            if chunk is None:
                return
            yield chunk
    except TimeoutError:
        raise UploadTooSlow from None
    except ClientDisconnect:
        raise UploadIncomplete from None


def _or_what_is_wrong(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        return _wrong(error)


def _wrong(error: ValidationError) -> FieldError:
    """The first thing that is wrong with an item."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return FieldError("", Malformed.code, Malformed.advice)
    return field_errors([{**first, "loc": ("body", *first["loc"])}])[0]


def _sorted_out(found: Any) -> Batch[Any]:
    batch: Batch[Any] = Batch([], [])
    for n, one in found:
        (batch.wrong if isinstance(one, FieldError) else batch.items).append((n, one))
    return batch
