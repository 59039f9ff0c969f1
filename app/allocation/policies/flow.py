"""Maximum flow (Dinic, 1970) in whole numbers, on the small graph of a market."""

from __future__ import annotations

from collections import deque


class Network:
    """Nodes are numbers; an edge and its reverse stand side by side, so that ``edge ^ 1`` is it."""

    def __init__(self, nodes: int) -> None:
        self.edges: list[list[int]] = [[] for _ in range(nodes)]
        self.to: list[int] = []
        self.room: list[int] = []

    def edge(self, start: int, end: int, capacity: int) -> int:
        """Add an edge; its number."""
        number = len(self.to)
        self.to += (end, start)
        self.room += (capacity, 0)
        self.edges[start].append(number)
        self.edges[end].append(number ^ 1)
        return number

    def flow(self, edge: int) -> int:
        """How much flows through *edge*."""
        return self.room[edge ^ 1]

    def levels(self, source: int) -> list[int]:
        """How many edges with room away from *source* each node is; -1: out of its reach."""
        level = [-1] * len(self.edges)
        level[source] = 0
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for edge in self.edges[node]:
                end = self.to[edge]
                if self.room[edge] and level[end] < 0:
                    level[end] = level[node] + 1
                    queue.append(end)
        return level

    def reaching(self, sink: int) -> set[int]:
        """The nodes from which more could be sent to *sink*."""
        found, queue = {sink}, [sink]
        while queue:
            for edge in self.edges[queue.pop()]:
                start = self.to[edge]
                if self.room[edge ^ 1] and start not in found:
                    found.add(start)
                    queue.append(start)
        return found

    def push(self, source: int, sink: int) -> int:
        """Send as much more as possible from *source* to *sink*; how much."""
        sent = 0
        while (level := self.levels(source))[sink] >= 0:
            sent += self._block(source, sink, level)
        return sent

    def _block(self, source: int, sink: int, level: list[int]) -> int:
        """Fill all shortest paths."""
        to, room, edges = self.to, self.room, self.edges
        at = [0] * len(edges)
        path: list[int] = []
        node, sent = source, 0
        while True:
            if node == sink:
                amount = min(room[edge] for edge in path)
                sent += amount
                for edge in path:
                    room[edge] -= amount
                    room[edge ^ 1] += amount
                full = next(n for n, edge in enumerate(path) if not room[edge])
                node = to[path[full] ^ 1]
                del path[full:]
                continue
            own = edges[node]
            while at[node] < len(own):
                edge = own[at[node]]
                if room[edge] and level[to[edge]] == level[node] + 1:
                    break
                at[node] += 1
            else:
                if not path:
                    return sent
                node = to[path.pop() ^ 1]
                at[node] += 1
                continue
            path.append(edge)
            node = to[edge]
