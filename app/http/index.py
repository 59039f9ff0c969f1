"""Finding the route: by the first two segments of the path, then among the few that share it.

Matching some eighty regular expressions one after the other costs a request more than its query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from app.http.problems import METHODS
from app.http.routes import Route

_FOUND = "btc.route"


def _shelf(path: str) -> str:
    return "/".join(path.split("/", 3)[:3])


class Index(BaseRoute):
    """All operations of the API as one route of the application."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = list(routes)
        self.shelves: dict[str, list[Route]] = defaultdict(list)
        # What is named outright comes before what a parameter would take for an id.
        for route in sorted(self.routes, key=lambda route: "{" in route.path):
            self.shelves[_shelf(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first route that takes path and method; else one that takes the path (405)."""
        partial: tuple[Match, Scope] = (Match.NONE, {})
        methods: set[str] = set()
        if scope["type"] != "http":
            return partial
        for route in self.shelves.get(_shelf(scope["path"]), ()):
            match, child = route.matches(scope)
            if match == Match.FULL:
                return match, {**child, _FOUND: route}
            if match == Match.PARTIAL:
                methods |= route.methods or set()
                partial = match, {**child, _FOUND: route, METHODS: methods}
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to the route that matched."""
        await scope[_FOUND].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Nothing here is looked up by name."""
        raise NoMatchFound(name, path_params)
