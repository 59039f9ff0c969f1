"""Wire shapes of imports."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.catalog.categories import Category
from app.catalog.imports.models import ImportFormat, OnError
from app.catalog.states import ImportStatus
from app.core.ids import ImportId, PartyId
from app.http.wire import Request, Stateful


class ApplyIn(Request):
    """How to apply it, where that differs from what was said with the file."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"on_error": "skip"}]})

    on_error: OnError | None = Field(
        None, description="skip: write the good rows and leave the bad ones out."
    )


class SaidOut(BaseModel):
    """One sentence in both languages."""

    en: str = Field(examples=["This is not a number."])
    id: str = Field(examples=["Isi ini bukan angka."])


class CellProblemOut(BaseModel):
    """One wrong cell: which column, what stood there, what is wrong, and what is expected."""

    column: str = Field(description="The Indonesian heading.", examples=["Harga"])
    field: str = Field(description="The column's name in the API.", examples=["price"])
    value: str = Field(examples=["lima belas ribu"])
    code: str = Field(examples=["not_a_number"])
    message: SaidOut
    expected: SaidOut


class RowProblemOut(BaseModel):
    """A row that is not right, as numbered in the file, headings included."""

    row: int
    errors: list[CellProblemOut]


class FileErrorOut(BaseModel):
    """One thing that is wrong with the file: a heading, for instance."""

    pointer: str = Field(examples=["Harga grosr"])
    code: str = Field(examples=["heading_unknown"])
    message: SaidOut


class FileProblemOut(BaseModel):
    """Why the file as a whole could not be used."""

    code: str = Field(examples=["sheet_unreadable"])
    message: SaidOut
    errors: list[FileErrorOut]


class LackingOut(BaseModel):
    """New listings that stay drafts: their category needs licences that the seller has not."""

    category: Category
    listings: int
    one_of: list[list[str]] = Field(description="Of each group one licence is needed.")


class ImportOut(Stateful):
    """An uploaded file. All counts are rows, headings not counted; a row is a variant.

    `creates`, `updates` and `unchanged` say what applying it would do, and afterwards what it did.
    """

    id: ImportId
    status: ImportStatus
    seller_id: PartyId
    filename: str | None = Field(examples=["produk-dapur-sumiati.xlsx"])
    format: ImportFormat
    dry_run: bool
    on_error: OnError
    submit: bool
    rows: int | None = Field(description="Rows in all; null until the file was read.")
    read: int = Field(description="Rows looked at so far.")
    creates: int
    updates: int
    unchanged: int
    invalid: int = Field(description="Rows that are not right.")
    held: int = Field(description="Right themselves, but another row of their product is not.")
    applied: int = Field(description="Rows written to the catalogue.")
    submitted: int = Field(description="New listings that ask for curation.")
    lacking: list[LackingOut]
    problem: FileProblemOut | None
    problems: list[RowProblemOut] | None = Field(
        description="The first 20 rows that are not right; null in lists."
    )
    created_at: datetime
    finished_at: datetime | None
