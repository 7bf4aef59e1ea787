"""What `build-pairs --explain` shows of one speech."""

from __future__ import annotations

from collections.abc import Iterator

from psychocounsel_data.cli.console import note, table
from psychocounsel_data.pairs.explaining import Candidate, Explanation
from psychocounsel_data.pairs.gates import GATES


def show(explanation: Explanation) -> None:
    """Tables and plain words."""
    flagged = ", with a risk flag" if explanation.flagged else ""
    note(f"{explanation.speech_id}: on the {explanation.split} side{flagged}")
    rule = explanation.rule
    note(f"rule: {rule.strategy}, where the scores differ by {rule.min_margin:g} or more")
    numbers = {one.response_id: n for n, one in enumerate(explanation.candidates, start=1)}
    _answers(explanation)
    for one in explanation.candidates:
        for line in _faults(one):
            note(f"{numbers[one.response_id]} {one.name}: {line}")
    for out in explanation.left_out:
        note(f"left out: {out.name}: {out.reason.replace('_', ' ')}")
    names = {one.response_id: one.name for one in explanation.candidates}
    rows = [
        (
            f"{numbers[two.chosen]} {names[two.chosen]} > "
            f"{numbers[two.rejected]} {names[two.rejected]}: {two.why}"
            + (f" (also: {', '.join(two.gates[1:])})" if two.gates[1:] else ""),
            f"{two.margin:.2f}",
            "yes" if two.outcome == "pair" else "no",
        )
        for two in explanation.twos
    ]
    table("every two of them", ("better > worse, and why", "margin", "a pair"), rows)


def _answers(explanation: Explanation) -> None:
    principles = list(explanation.candidates[0].ratings) if explanation.candidates else []
    rows = [
        (
            f"{number} {one.name}",
            f"{one.score:.2f}",
            " ".join(f"{one.ratings[principle]:.3g}" for principle in principles),
        )
        for number, one in enumerate(explanation.candidates, start=1)
    ]
    table("answers, best first", ("answer", "score", "ratings"), rows)
    note(f"ratings: {' '.join(principles)}")


def _faults(one: Candidate) -> Iterator[str]:
    for gate in one.not_chosen:
        sides = "on neither side" if gate in one.not_rejected else "not the chosen one"
        said = f": “{one.phrases[gate]}”" if gate in one.phrases else ""
        yield f"{sides}: {gate}: {GATES[gate]}{said}"
