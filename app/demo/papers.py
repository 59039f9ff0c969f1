"""Papers: issued under the next number of their kind, and saved where a visitor can open them."""

from __future__ import annotations

from pathlib import Path

from app.demo.book import Doc
from app.demo.calls import Caller
from app.demo.stage import Stage

FOLDER = "demo-documents"


async def issue(stage: Stage, by: Caller, kind: str, about: Doc) -> Doc:
    """Issue a document, download its PDF and keep it beside the demo's memory."""
    (subject,) = about.values()
    name = subject if isinstance(subject, str) else subject[0]
    document = await by.post(f"{kind} {name}", "/v1/documents", {"kind": kind, **about})
    file = folder(stage) / f"{document['number'].replace('/', '-')}.pdf"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        part = file.with_suffix(".part")  # whoever is interrupted here leaves no half a document
        part.write_bytes(await by.fetch(f"/v1/documents/{document['id']}/pdf"))
        part.replace(file)
    return document


def folder(stage: Stage) -> Path:
    """Where the PDFs are."""
    return stage.memory.path.with_name(FOLDER)


async def links(stage: Stage) -> list[tuple[str, str]]:
    """One document of each kind, and a link that opens it for a day without a key."""
    newest = {each["kind"]: each for each in reversed(await stage.hub.all("/v1/documents"))}
    found = []
    for kind, document in newest.items():
        path = f"/v1/documents/{document['id']}/link"
        said = await stage.hub.ask(f"link to {document['number']}", path, {"hours": 24})
        found.append((f"{kind.replace('_', ' ')}, for a day", str(said["url"])))
    return found
