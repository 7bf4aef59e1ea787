"""Which speeches take part from `generate` on, and why the others do not.

Nothing is taken out of speeches.jsonl: a speech that waits for a person, was left out by one, or
was not drawn for the set stays there, and whoever passes over it counts it under its reason. What
is read: `risk:` and `balance:` of run.yaml, the flags of the speech, second opinions
(risk_opinions.jsonl), what people decided (reviews.jsonl), and topics where `balance:` goes by
them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Final, Literal, NamedTuple

from psychocounsel_data import journal
from psychocounsel_data.balancing import Candidate, drawn
from psychocounsel_data.config import BalanceConfig
from psychocounsel_data.errors import RunError
from psychocounsel_data.records import ClientSpeech, ReviewDecision, RiskFlag, RiskOpinion
from psychocounsel_data.risk.policy import kinds, policy_for
from psychocounsel_data.run import Run
from psychocounsel_data.topics.labels import standing_labels
from psychocounsel_data.topics.taxonomy import UNCLEAR

Reason = Literal["held_for_review", "dropped_in_review", "dropped_by_policy", "not_selected"]
"""Waits for `pcdata review`; a person left it out; `risk:` leaves it out; `balance:` did not draw
it."""


class Place(NamedTuple):
    """Where a speech stands."""

    reason: Reason | None
    """Why it does not take part; None where it does."""
    veto: bool
    """Whether its pairs have to pass the safety veto (`risk.policy.passes_veto`)."""

    @property
    def takes_part(self) -> bool:
        """Whether it is answered, rated and paired."""
        return self.reason is None


_PLACES: Final = {
    "keep": Place(None, veto=False),
    "veto": Place(None, veto=True),
    "hold": Place("held_for_review", veto=True),
    "drop": Place("dropped_by_policy", veto=True),
}


class Participation:
    """The rules and decisions of one run.

    Args:
        run: the run folder, with speeches.jsonl in it.

    Raises:
        InputError: a line of a journal is broken.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._risk = run.config.risk
        decisions = journal.read(run.reviews, ReviewDecision)
        self._decisions = {one.speech_id: one for one in decisions if one.response_id is None}
        self._opinions = _opinions(run)

    def of(self, speech: ClientSpeech) -> Place:
        """Where a speech stands. A person's decision goes before the policy.

        Raises:
            RunError: `balance:` goes by topics and no speech has one.
        """
        place = self.by_risk(speech)
        if place.takes_part and self._selected is not None and speech.id not in self._selected:
            return place._replace(reason="not_selected")
        return place

    @property
    def may_leave_out(self) -> bool:
        """Whether anything in this run could leave out a speech: a policy, a person, a sample."""
        policies = {*self._risk.crisis.model_dump().values()}
        policies |= {self._risk.minor, self._risk.abuse, self._risk.violence}
        balanced = self._run.config.balance is not None
        return bool(policies & {"hold", "drop"} or self._decisions or balanced)

    def flags(self, speech: ClientSpeech) -> tuple[RiskFlag, ...]:
        """What rules and second opinion found in it, in order of place."""
        more = self._opinions.get(speech.id, ())
        found = (*speech.flags, *more)
        return tuple(sorted(found, key=lambda one: (one.start, one.end))) if found else found

    def decision(self, speech: ClientSpeech) -> ReviewDecision | None:
        """The newest decision; None also where it is about another text than the speech has now."""
        decision = self._decisions.get(speech.id)
        current = decision is not None and decision.text_hash == text_hash(speech)
        return decision if current else None

    def strata(self, by: BalanceConfig) -> Iterator[Candidate]:
        """The speeches that may be drawn, each with what it counts as."""
        labels = standing_labels(self._run, self._run.config.topics) if "topic" in by.by else {}
        if "topic" in by.by and not labels:
            raise RunError("balance: by topic, and no speech has one: run `pcdata topics` first")
        for speech in journal.read(self._run.speeches, ClientSpeech):
            if not self.by_risk(speech).takes_part:
                continue
            if by.by == "source":
                stratum = speech.source
            elif by.by == "risk":
                stratum = next(iter(kinds(self.flags(speech))), "none")
            elif speech.id in labels:
                label = labels[speech.id]
                stratum = label.coarse if by.by == "topic" else label.fine
            else:
                stratum = UNCLEAR
            yield Candidate(speech.id, stratum)

    def by_risk(self, speech: ClientSpeech) -> Place:
        """Where it stands by flags and decisions, whatever `balance:` draws."""
        decision = self.decision(speech)
        if decision is None:
            return _PLACES[policy_for(self.flags(speech), self._risk)]
        if decision.decision == "drop":
            return Place("dropped_in_review", veto=True)
        return _PLACES[decision.decision]

    @cached_property
    def _selected(self) -> frozenset[str] | None:
        """The ids that `balance:` draws; None where all take part."""
        balance = self._run.config.balance
        if balance is None:
            return None
        return drawn(self.strata(balance), balance.n, balance.seed)


def absent(run: Run) -> dict[str, Reason]:
    """Speech id to why it does not take part, of those that do not.

    Raises:
        InputError: a line of a journal is broken.
        RunError: `balance:` goes by topics and no speech has one.
    """
    participation = Participation(run)
    if not participation.may_leave_out:
        return {}
    return {
        speech.id: reason
        for speech in journal.read(run.speeches, ClientSpeech)
        if (reason := participation.of(speech).reason) is not None
    }


class Stratum(NamedTuple):
    """One of the groups that `balance:` spreads a set over."""

    name: str
    there: int
    drawn: int


def selection(run: Run, balance: BalanceConfig) -> list[Stratum]:
    """How many speeches each stratum has and gives, by name. Raises as `Participation` does."""
    candidates = list(Participation(run).strata(balance))
    chosen = drawn(candidates, balance.n, balance.seed)
    there = Counter(one.stratum for one in candidates)
    given = Counter(one.stratum for one in candidates if one.speech_id in chosen)
    return [Stratum(name, there[name], given[name]) for name in sorted(there)]


def text_hash(speech: ClientSpeech) -> str:
    """32 hex digits over what a reviewer reads."""
    said = "\0".join([*(turn.text for turn in speech.context), speech.text])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _opinions(run: Run) -> dict[str, tuple[RiskFlag, ...]]:
    """Speech id to the flags of its newest opinion by the model of run.yaml."""
    second = run.config.risk.second_opinion
    if second is None:
        return {}
    return {
        one.speech_id: one.flags
        for one in journal.read(run.opinions, RiskOpinion)
        if one.model == second.model
    }
