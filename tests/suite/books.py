"""The summary computed from scratch out of the journals: an independent second opinion."""

import collections

import stubs

Counted = collections.namedtuple("Counted", "revision hash position report")


class Books:
    """The journals of all kinds, folded."""

    def __init__(self, journals: dict):
        """`journals`: the entries of each report kind, from the first."""
        self._accepted, self._pending = {}, {}
        for kind, entries in journals.items():
            submitted = {}
            for entry in entries:
                self._take(kind, entry, stubs.report.Fact.FromString(entry.body), submitted)

    def _take(self, kind, entry, fact, submitted) -> None:
        place = (kind, fact.key.period, fact.key.bloc)
        if fact.HasField("submitted"):
            figures = stubs.kinds[kind].Report.FromString(fact.submitted.report)
            submitted[place, fact.revision] = Counted(fact.revision, entry.hash, entry.position, figures)
            self._pending[place] = submitted[place, fact.revision]
            return
        if fact.decided.decision == stubs.report.DECISION_ACCEPT:
            self._accepted[place] = submitted[place, fact.revision]
        self._pending.pop(place, None)

    def counting(self, kind: str, period: str, bloc: str, basis: int):
        """The revision that counts; None when there is none."""
        place = (kind, period, bloc)
        if basis == stubs.aggregator.BASIS_SUBMITTED and place in self._pending:
            return self._pending[place]
        return self._accepted.get(place)

    def _value(self, kind, period, bloc, basis, code):
        counted = self.counting(kind, period, bloc, basis)
        if counted is None or not counted.report.HasField(code):
            return None
        return getattr(counted.report, code)

    def rows(self, period: str, blocs: list, basis: int) -> dict:
        """By code: total (None when there is none), number of blocs in it, the blocs' figures. A figure is a value,
        or numerator and denominator."""
        rows = {}
        for kind in stubs.kinds.values():
            for code, indicator in kind.indicators(period):
                cells = {bloc: self._value(kind.name, period, bloc, basis, code) for bloc in blocs}
                there = [value for value in cells.values() if value is not None]
                rows[code] = (_total(indicator.over_blocs, there), len(there), cells)
        for kind in stubs.kinds.values():
            rows.update((derived.code, _derived(derived, rows, blocs)) for derived in kind.form().derived)
        return rows


def _total(over_blocs: int, values: list):
    ways = {stubs.options.OVER_BLOCS_SUM: sum, stubs.options.OVER_BLOCS_MINIMUM: min,
            stubs.options.OVER_BLOCS_MAXIMUM: max}
    return ways[over_blocs](values) if values and over_blocs in ways else None


def _derived(derived, rows: dict, blocs: list):
    """A ratio of sums over the blocs that reported all its parts."""
    parts = {bloc: [[rows[code][2][bloc] for code in side] for side in (derived.numerator, derived.denominator)]
             for bloc in blocs}
    whole = {bloc: (sum(above), sum(below)) for bloc, (above, below) in parts.items() if None not in above + below}
    total = tuple(map(sum, zip(*whole.values()))) if whole else (0, 0)
    cells = {bloc: whole[bloc] if whole.get(bloc, (0, 0))[1] else None for bloc in blocs}
    return (total if total[1] else None, len(whole), cells)


def _figure(figure):
    if figure.HasField("ratio"):
        return figure.ratio.numerator, figure.ratio.denominator
    return figure.value if figure.HasField("value") else None


def rows_of(summary) -> dict:
    """A summary's rows in the form of Books.rows."""
    return {row.code: (_figure(row.total), row.reported, {cell.bloc: _figure(cell.figure) for cell in row.cells})
            for row in summary.rows}
