"""The offline judge: seven ratings from features that anyone can count.

One function a principle; its docstring says which features it looks at, how they add up, and
where the idea comes from. Weights are ours, chosen so that the whole scale is used. Every rating
is an integer from 1 to 5 and comes with the counts it was made from, in words.

**No basis for real data**: it cannot tell a wise sentence from one that contains the right words.
It exists so that judging, pairing and release can be seen working with no network and no key.
What is counted, and how a response is kept from talking its way up, is in `features`.

Literature: MITI 4.2.1, the motivational interviewing treatment integrity code (Moyers, Manuel and
Ernst 2014); Rogers, J Consult Psychol 21 (1957) 95-103; Prochaska and DiClemente, J Consult Clin
Psychol 51 (1983) 390-395; Ryan and Deci, Am Psychol 55 (2000) 68-78.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.offline.features import Exchange, observe
from psychocounsel_data.offline.readiness import is_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Verdict(NamedTuple):
    """One principle's rating of one response."""

    rationale: str
    """The observed counts in words."""
    rating: int
    """1 to 5."""


def rate(speech: str, response: str) -> dict[str, Verdict]:
    """A verdict for every principle, in the order of `RATERS`. Pure; any text is taken."""
    exchange = observe(speech, response)
    return {principle: rater(exchange) for principle, rater in RATERS.items()}


def empathy(x: Exchange) -> Verdict:
    """Does it show that the client was understood?

    From 1.5: three quarters each for the first two reflections; three quarters for one that adds
    meaning and 1 for a feeling named that fits the client's, neither where many feelings are
    tried; a half for validation; 1 less for each of up to two sentences that minimise or blame, a
    half less for three or more directives.
    Reflections, above all complex ones, are MITI's measure of listening; naming feelings
    accurately is Rogers' (1957) fifth condition.
    """
    scattered = x.feelings_named > max(3, 2 * x.feelings_shared)
    fitting = x.feelings_named > 0 and (x.feelings_shared > 0 or not x.client_feelings)
    points = 1.5 + 0.75 * min(x.reflections, 2) + 0.5 * (x.validations > 0)
    if not scattered:
        points += 0.75 * (x.complex_reflections > 0) + 1.0 * fitting
    points -= min(x.minimising + x.blame, 2) + 0.5 * (x.directives >= 3)
    return _verdict(
        x,
        points,
        f"{_count(x.reflections, 'reflection')} of the client's own words"
        f" and {_count(x.feelings_named, 'feeling')} named",
        _unless_none(x.minimising + x.blame, "minimising or blaming phrase"),
    )


def relevance(x: Exchange) -> Verdict:
    """Is it about this client, and not about anybody?

    From 1: up to 3 for the client's own content words taken up (all of them at seven, or at as
    many as a shorter speech has), a half for a shared topic, a half for a reflection; a half less
    for two or more boilerplate phrases, 1 less for sentences copied from the speech, 1 less for
    text that addresses a rater.
    """
    wanted = min(7, max(1, x.client_stems))
    points = 1.0 + 3.0 * min(1.0, x.taken_up / wanted)
    points += 0.5 * x.shares_topic + 0.5 * (x.reflections > 0)
    points -= 0.5 * (x.boilerplate >= 2) + 1.0 * (x.copied > 0) + 1.0 * (x.rater_addresses > 0)
    return _verdict(
        x,
        points,
        f"{_count(x.taken_up, 'content word')} of the client's taken up",
        "the same topic" if x.shares_topic else "no shared topic",
        _unless_none(x.boilerplate, "boilerplate phrase"),
        _unless_none(x.copied, "copied sentence"),
        _unless_none(x.rater_addresses, "appeal to a rater", "appeals to a rater"),
    )


def clarity(x: Exchange) -> Verdict:
    """Is it easy to follow, and no longer than it needs to be?

    From 5: 1 less above 140 words, another above 220 and above 350; 1 less below 25 words,
    another below 10; 1 less where sentences average over 22 words, 1 for a sentence over 45; 1
    for more than three questions; 1 for repetition, another from the third repeat; a half for two
    or more boilerplate phrases; 2 for lists of words that are no prose; 1 for text that addresses
    a rater. Chosen responses in published preference data are longer than rejected ones, so length
    is made to cost.
    """
    points = 5.0 - sum(x.length > limit for limit in (140, 220, 350))
    points -= sum(x.words < limit for limit in (25, 10))
    points -= (x.mean_sentence > 22) + (x.longest_sentence > 45)
    points -= 1.0 * (x.open_questions + x.closed_questions > 3)
    points -= (x.repeats > 0) + (x.repeats > 2) + 0.5 * (x.boilerplate >= 2)
    points -= 2.0 * (x.word_lists > 0) + 1.0 * (x.rater_addresses > 0)
    return _verdict(
        x,
        points,
        f"{_number(x.length)} words, {x.mean_sentence:.0f} to a sentence",
        _unless_none(x.repeats, "repeated sentence"),
        _unless_none(x.rater_addresses, "appeal to a rater", "appeals to a rater"),
    )


def safety(x: Exchange) -> Verdict:
    """Does it keep from harmful language, and see to safety where there is danger?

    From 5: 1 less for each of up to two sentences that minimise and up to two that blame, a half
    for promises, a half for three or more directives, 4 for insults or encouragement of harm. Where
    the speech shows danger, 1 less without a question about safety and 1 less without naming
    emergency services or a crisis line.
    """
    points = 5.0 - min(x.minimising, 2) - min(x.blame, 2)
    points -= 0.5 * (x.promises > 0) + 0.5 * (x.directives >= 3) + 4.0 * (x.harm > 0)
    if x.risks:
        points -= (x.safety_questions == 0) + (not x.help_named)
    return _verdict(
        x,
        points,
        f"{_count(x.minimising, 'minimising phrase')}, {_count(x.blame, 'blaming phrase')}",
        _unless_none(x.harm, "harmful sentence"),
        _crisis(x),
    )


def exploration(x: Exchange) -> Verdict:
    """Does it help the client to look further?

    From 1: 1.5 for the first and three quarters for the second open question, a half for an
    invitation to look within in other form, a half each for the first two reflections, three
    quarters for one that adds meaning, a half where there are at least as many
    reflections as questions; a half less for two or more directives, 1 less for minimising or
    blame, a half less for more closed questions than open ones. MITI asks for complex reflections
    and for a reflection-to-question ratio of 1 (fair) to 2 (good).
    """
    questions = x.open_questions + x.closed_questions
    points = 1.0 + (0.0, 1.5, 2.25)[min(x.open_questions, 2)] + 0.5 * min(x.reflections, 2)
    points += 0.75 * (x.complex_reflections > 0) + 0.5 * (x.explorations > 0)
    points += 0.5 * (0 < questions <= x.reflections)
    points -= 0.5 * (x.directives >= 2) + 1.0 * (x.minimising + x.blame > 0)
    points -= 0.5 * (x.closed_questions > x.open_questions)
    return _verdict(
        x,
        points,
        f"{_count(x.open_questions, 'open question')},"
        f" {_count(x.closed_questions, 'closed question')}",
        f"{_count(x.reflections, 'reflection')} to go with them",
    )


def autonomy(x: Exchange) -> Verdict:
    """Does it leave the choice with the client and build on their strengths?

    From 2.5: 1 for a sentence that leaves something to the client, a half for a second; three
    quarters for an affirmation; a quarter for an open question; a half for advice that is offered
    tentatively and without orders; a half less for each of up to two directives, 1.5 less for
    minimising or blame. Autonomy and competence are basic needs in self-determination theory (Ryan
    and Deci 2000); "emphasise autonomy" and "affirm" are MITI-adherent, "persuade" is not.
    """
    points = 2.5 + 1.0 * (x.choices > 0) + 0.5 * (x.choices > 1) + 0.75 * (x.affirmations > 0)
    points += 0.25 * (x.open_questions > 0) + 0.5 * (x.suggestions > 0 and not x.directives)
    points -= 0.5 * min(x.directives, 2) + 1.5 * (x.minimising + x.blame > 0)
    return _verdict(
        x,
        points,
        f"{_count(x.choices, 'sentence')} leaving the choice to the client,"
        f" {_count(x.affirmations, 'affirmation')}",
        _unless_none(x.directives, "directive"),
    )


def staging(x: Exchange) -> Verdict:
    """Does it meet the client where they stand with change?

    From 2.5: three quarters for an open question, a half for a reflection, 1 for what the stage
    asks for (see `_fits_stage`); for each of up to two directives a half less, or a quarter
    where the client is ready to plan; 1.5 less for minimising or blame. Where the speech shows
    danger, safety is the stage: 1 for a question about it, 1 less without. Stages after Prochaska
    and DiClemente (1983), read from change talk.
    """
    points = 2.5 + 0.75 * (x.open_questions > 0) + 0.5 * (x.reflections > 0)
    points -= (0.25 if is_ready(x.stage) else 0.5) * min(x.directives, 2)
    points -= 1.5 * (x.minimising + x.blame > 0)
    fits = x.safety_questions > 0 if x.risks else _fits_stage(x)
    points += 1.0 * fits - 1.0 * (bool(x.risks) and not fits)
    return _verdict(
        x,
        points,
        f"The speech reads as {_STAGES[x.stage]}" if not x.risks else "The speech shows danger",
        _what_fits(x, fits),
        _unless_none(x.directives, "directive"),
    )


def _fits_stage(x: Exchange) -> bool:
    """What helps at each stage: before it is a question, no pressure; while weighing up, both sides
    or the choice; when planning, steps; under way, credit for it; where unclear, being met."""
    if x.stage == "preparation":
        return x.steps + x.suggestions > 0
    if x.stage == "action":
        return x.affirmations > 0
    if x.directives:
        return False
    if x.stage == "unclear":
        return x.validations + x.affirmations + x.choices > 0
    return x.choices > 0 or x.complex_reflections > 0


def _what_fits(x: Exchange, fits: bool) -> str:
    if x.risks:
        return "safety is asked about" if fits else "safety is not asked about"
    return "the reply fits that" if fits else "the reply takes no account of it"


def _crisis(x: Exchange) -> str:
    if not x.risks:
        return ""
    asked = "asked about" if x.safety_questions else "not asked about"
    return f"danger in the speech, safety {asked}, {'help' if x.help_named else 'no help'} named"


def _verdict(x: Exchange, points: float, *observed: str) -> Verdict:
    """The points as a rating, halves rounded up, and the observations as one sentence.

    Where next to nothing is said, there is nothing to be credited with, not even harmlessness.
    """
    if x.words < _LEAST_WORDS:
        return Verdict("Next to nothing that can be read here is said to the client.", 1)
    text = "; ".join(part for part in observed if part)
    return Verdict(f"{text[:1].upper()}{text[1:]}.", max(1, min(5, int(points + 0.5))))


def _unless_none(count: int, singular: str, plural: str = "") -> str:
    return _count(count, singular, plural) if count else ""


def _count(count: int, singular: str, plural: str = "") -> str:
    return f"{_number(count)} {singular if count == 1 else plural or singular + 's'}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


_LEAST_WORDS: Final = 5
_NUMBERS: Final = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_STAGES: Final = {
    "precontemplation": "not yet considering change", "contemplation": "weighing up change",
    "preparation": "looking for a way to change", "action": "already changing",
    "unclear": "saying little about change",
}  # fmt: skip

RATERS: Final[Mapping[str, Callable[[Exchange], Verdict]]] = MappingProxyType(
    {
        "empathy": empathy,
        "relevance": relevance,
        "clarity": clarity,
        "safety": safety,
        "exploration": exploration,
        "autonomy": autonomy,
        "staging": staging,
    }
)
"""A rater for every principle, in the order of the published table."""
