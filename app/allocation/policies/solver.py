"""HiGHS, for what has no exact rule of its own: mixed-integer programs with a bound on the best.

One thread, a fixed seed and a limit on the nodes of the search tree: equal programs give equal
answers. The limit of time is only a net beneath that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SECONDS = 3.0
NODES = 2_000


@dataclass(frozen=True)
class Answer:
    """The best values that were found, what they come to, and what nothing can be better than."""

    values: list[float]
    reached: float
    bound: float


class Program:
    """Columns between bounds, rows between bounds, and a sum to make least."""

    def __init__(self) -> None:
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.whole: list[bool] = []
        self.rows: list[tuple[float, float]] = []
        self._starts: list[int] = [0]
        self._columns: list[int] = []
        self._factors: list[float] = []
        self._known: list[float] | None = None

    def column(self, upper: float, *, whole: bool, lower: float = 0.0) -> int:
        """A new column; its number."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.upper) - 1

    def row(self, lower: float, upper: float, terms: Iterable[tuple[int, float]]) -> None:
        """Keep the sum of *terms* (column, factor) between bounds."""
        for column, factor in terms:
            self._columns.append(column)
            self._factors.append(factor)
        self._starts.append(len(self._columns))
        self.rows.append((lower, upper))

    def least(self, costs: dict[int, float]) -> Answer | None:
        """The values with the least sum of *costs*; None if nothing was found in time.

        What was found before is where the next search starts.
        """
        import highspy  # costs memory, and most decisions do without
        import numpy as np

        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in _OPTIONS.items():
            solver.setOptionValue(name, value)
        program = highspy.HighsLp()
        program.num_col_ = len(self.upper)
        program.num_row_ = len(self.rows)
        cost = np.zeros(len(self.upper))
        cost[list(costs)] = list(costs.values())
        program.col_cost_ = cost
        program.col_lower_ = np.array(self.lower)
        program.col_upper_ = np.array(self.upper)
        program.row_lower_ = np.array([lower for lower, _ in self.rows])
        program.row_upper_ = np.array([upper for _, upper in self.rows])
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(self._starts)
        program.a_matrix_.index_ = np.array(self._columns)
        program.a_matrix_.value_ = np.array(self._factors)
        kinds = highspy.HighsVarType
        program.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in self.whole]
        solver.passModel(program)
        if self._known is not None:
            start = highspy.HighsSolution()
            start.col_value = self._known
            solver.setSolution(start)
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != _FEASIBLE:
            return None
        self._known = list(solver.getSolution().col_value)
        reached = info.objective_function_value
        bound = info.mip_dual_bound if any(self.whole) else reached
        return Answer(self._known, reached, min(bound, reached))


_FEASIBLE = 2
_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "time_limit": SECONDS,
    "mip_max_nodes": NODES,
    "mip_rel_gap": 1e-7,
}
