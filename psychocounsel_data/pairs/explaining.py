"""What became of one speech: its answers, and why every two of them are a pair or are not."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from psychocounsel_data.config import PairRule, PairsConfig, Strategy
from psychocounsel_data.errors import RunError
from psychocounsel_data.journal import Reader
from psychocounsel_data.pairs.deciding import Decided
from psychocounsel_data.pairs.gates import GATES, PHRASES, reasons
from psychocounsel_data.pairs.reading import Pool
from psychocounsel_data.records import Record, Response, Split
from psychocounsel_data.run import Run

Outcome = Literal["pair", "kept_out", "not_picked", "too_close", "tied"]
PICKS: dict[Strategy, str] = {
    "all_pairs": "every two are picked",
    "best_vs_worst": "only the best answer against the lowest is picked",
    "best_vs_rest": "only the best answer is picked as the chosen one",
    "best_vs_random": "only the best answer against one that is drawn is picked",
}


class Candidate(Record):
    """An answer that counts."""

    response_id: str
    name: str
    """The model's released name."""
    score: float
    """Mean rating over the principles, 1 to 5."""
    ratings: dict[str, float]
    """Principle id to rating."""
    not_chosen: tuple[str, ...]
    """Gates that keep it from being the chosen one."""
    not_rejected: tuple[str, ...]
    """Those of them that keep it from being the rejected one as well."""
    phrases: dict[str, str]
    """Gate to the words in the answer that it found."""


class LeftOut(Record):
    """An answer that does not count."""

    response_id: str
    name: str
    reason: str
    """As in the summary: `not_judged`, `finish_length`, ..."""


class Two(Record):
    """Two answers, and what became of them."""

    chosen: str
    """Id of the higher ranked."""
    rejected: str
    """Id of the other."""
    margin: float
    """The difference of their scores."""
    outcome: Outcome
    gates: tuple[str, ...]
    """What speaks against them, the first one being the reason."""
    why: str
    """The outcome in plain words."""


class Explanation(Record):
    """Everything about the pairs of one speech."""

    speech_id: str
    split: Split
    flagged: bool
    """Whether its pairs have to pass the safety veto of speeches with signs of danger."""
    rule: PairRule
    """How pairs are made on its side."""
    candidates: tuple[Candidate, ...]
    """Best first."""
    left_out: tuple[LeftOut, ...]
    twos: tuple[Two, ...]
    """Best chosen first."""


def explain(
    run: Run,
    pool: Pool,
    decided: Decided,
    pairs: PairsConfig,
    speech_id: str,
    principles: Sequence[str],
) -> Explanation:
    """Everything about the pairs of one speech.

    Raises:
        RunError: there is no such speech; names the nearest.
    """
    import polars as pl

    found = pool.speeches.filter(pl.col("id") == speech_id)
    if found.is_empty():
        near = difflib.get_close_matches(speech_id, pool.speeches["id"].head(100_000), n=1)
        hint = f": did you mean '{near[0]}'?" if near else ""
        raise RunError(f"no speech '{speech_id}' in {run.speeches}{hint}")
    speech = found.row(0, named=True)
    answers = decided.answers.filter(pl.col("speech") == speech["speech"])
    rule = pairs.train if speech["split"] == "train" else pairs.test
    numbers = answers["answer"].to_list()
    return Explanation(
        speech_id=speech_id,
        split=speech["split"],
        flagged=speech["veto"],
        rule=rule,
        candidates=tuple(_candidates(run, pool, decided, numbers, principles)),
        left_out=tuple(
            LeftOut(response_id=id_, name=pool.makers[maker].name, reason=reason)
            for id_, maker, reason in pool.left_out.filter(pl.col("speech") == speech["speech"])
            .sort("response_id")
            .select("response_id", "maker", "reason")
            .iter_rows()
        ),
        twos=tuple(_twos(decided, numbers, rule)),
    )


def _candidates(
    run: Run, pool: Pool, decided: Decided, numbers: Sequence[int], principles: Sequence[str]
) -> Iterator[Candidate]:
    with Reader(run.responses, Response) as responses:
        for number in numbers:
            row = decided.answers.row(number, named=True)
            faults = reasons(row["chosen"])
            response = responses.at(row["at"])
            said = {gate: PHRASES[gate].first(response.text) for gate in faults if gate in PHRASES}
            yield Candidate(
                response_id=row["response_id"],
                name=pool.makers[row["maker"]].name,
                score=row["points"] / decided.scale.total,
                ratings={one: row[one] / pool.unit for one in principles},
                not_chosen=faults,
                not_rejected=reasons(row["either"]),
                phrases={gate: phrase for gate, phrase in said.items() if phrase},
            )


class _Fate(NamedTuple):
    against: int
    picked: bool


def _twos(decided: Decided, numbers: Sequence[int], rule: PairRule) -> Iterator[Two]:
    import polars as pl

    fates = {
        (chosen, rejected): _Fate(against, picked)
        for chosen, rejected, against, picked in decided.twos.filter(
            pl.col("chosen").is_in(list(numbers))
        )
        .select("chosen", "rejected", "against", "picked")
        .iter_rows()
    }
    points, ids = decided.answers["points"], decided.answers["response_id"]
    for chosen, rejected in combinations(numbers, 2):
        margin = points[chosen] - points[rejected]
        fate = fates.get((chosen, rejected))
        outcome = _outcome(margin, fate)
        gates = reasons(fate.against) if fate else ()
        yield Two(
            chosen=ids[chosen],
            rejected=ids[rejected],
            margin=margin / decided.scale.total,
            outcome=outcome,
            gates=gates,
            why=_why(outcome, gates, rule),
        )


def _outcome(margin: int, fate: _Fate | None) -> Outcome:
    if margin == 0:
        return "tied"
    if fate is None:
        return "too_close"
    if fate.picked:
        return "pair"
    return "kept_out" if fate.against else "not_picked"


def _why(outcome: Outcome, gates: Sequence[str], rule: PairRule) -> str:
    if outcome == "kept_out":
        return f"kept out by {gates[0]}: {GATES[gates[0]]}"
    return {
        "pair": "a pair",
        "tied": "equal scores never pair",
        "too_close": f"the scores differ by less than {rule.min_margin:g}",
        "not_picked": f"{PICKS[rule.strategy]} ({rule.strategy})",
    }[outcome]
