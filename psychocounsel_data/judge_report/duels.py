"""What a pairwise judge's replies come to: its order effect, and win rates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from psychocounsel_data import journal
from psychocounsel_data.judge_report.reading import Floats, Material
from psychocounsel_data.judge_report.result import DuelFigures
from psychocounsel_data.judging.pairwise import both_ways
from psychocounsel_data.records import Comparison, Preferred, Response
from psychocounsel_data.run import Run


class _Duel(NamedTuple):
    """Two responses that were shown in both orders."""

    one: str
    other: str
    replies: tuple[Preferred, Preferred]
    """The choice with `one` first, then the choice with `other` first."""

    @property
    def verdict(self) -> Preferred:
        """`first` for `one`, `second` for `other`."""
        return both_ways(*self.replies)


def duel_figures(run: Run, material: Material) -> Iterator[DuelFigures]:
    """The figures of every pairwise judge. Of several prompts the newest counts."""
    comparisons = list(journal.read(run.comparisons, Comparison))
    if not comparisons:
        return
    names = {one.id: one.name for one in journal.read(run.responses, Response)}
    scores = _scores(material)
    for judge in dict.fromkeys(one.judge for one in comparisons):
        theirs = [one for one in comparisons if one.judge == judge]
        newest = [one for one in theirs if one.rubric == theirs[-1].rubric]
        known = [one for one in newest if one.first in names and one.second in names]
        if known:
            yield _figures(judge, known, names, scores)


def _scores(material: Material) -> dict[str, float]:
    """Each response's overall score, mean over the judges that rated it in full."""
    overall: Floats = np.stack([one.overall for one in material.judges])
    return {
        response: float(np.mean(column[np.isfinite(column)]))
        for response, column in zip(material.rated.ids, overall.T, strict=True)
        if np.isfinite(column).any()
    }


def _figures(
    judge: str,
    comparisons: Sequence[Comparison],
    names: Mapping[str, str],
    scores: Mapping[str, float],
) -> DuelFigures:
    shown = {(one.first, one.second): one.preferred for one in comparisons}
    duels = [
        _Duel(*pair, (reply, shown[pair[::-1]]))
        for pair, reply in shown.items()
        if pair < pair[::-1] and pair[::-1] in shown
    ]
    choices = Counter(shown.values())
    chosen = choices["first"] + choices["second"]
    verdicts = [duel.verdict for duel in duels]
    upheld = list(_upheld(duels, scores))
    points, met = _points(duels, names)
    return DuelFigures(
        judge=judge,
        pairs=len(duels),
        half=len(shown) - 2 * len(duels),
        consistent=_share(sum(_same(duel) for duel in duels), len(duels)) or 0.0,
        first=_share(choices["first"], chosen),
        ties=_share(verdicts.count("tie"), len(verdicts)) or 0.0,
        agrees=_share(sum(upheld), len(upheld)),
        compared=len(upheld),
        win_rates={name: round(points[name] / met[name], 4) for name in sorted(met)},
        met=dict(sorted(met.items())),
    )


def _same(duel: _Duel) -> bool:
    """Whether both orders lead to the same answer, a tie in both included."""
    return duel.verdict != "tie" or duel.replies == ("tie", "tie")


def _upheld(duels: Sequence[_Duel], scores: Mapping[str, float]) -> Iterator[bool]:
    """Whether the winner scored higher, for each pair with a winner and different scores."""
    for duel in duels:
        if duel.verdict == "tie" or duel.one not in scores or duel.other not in scores:
            continue
        lead = scores[duel.one] - scores[duel.other]
        if abs(lead) > 1e-9:
            yield (lead > 0) == (duel.verdict == "first")


def _points(
    duels: Sequence[_Duel], names: Mapping[str, str]
) -> tuple[Mapping[str, float], Mapping[str, int]]:
    """Each model's wins, a tie half a one to both, and its pairs."""
    points: dict[str, float] = defaultdict(float)
    met: Counter[str] = Counter()
    worth: dict[Preferred, float] = {"first": 1, "second": 0, "tie": 0.5}
    for duel in duels:
        won = worth[duel.verdict]
        for response, share in ((duel.one, won), (duel.other, 1 - won)):
            points[names[response]] += share
            met[names[response]] += 1
    return points, met


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
