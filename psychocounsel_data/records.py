"""What crosses a stage boundary: frozen pydantic models, one JSON line each.

    ClientSpeech --generate--> Response --judge--> Judgment --pair--> PreferencePair

Beside them `Dropped` (what cleaning left out) and `Failure` (a call that did not succeed). The
string under a field says why it exists, and is its description in the JSON schema too. No file,
clock or network here; `journal` reads and writes these, the stages make them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Split = Literal["train", "test"]
Stage = Literal["risk", "topics", "generate", "judge", "compare"]
Speaker = Literal["client", "counsellor"]
Finish = Literal["stop", "length", "refusal", "empty"]
"""How an answer ended: complete, cut off at the token limit, refused or blocked, without text."""
PiiKind = Literal["email", "phone", "name", "url", "date", "address", "id", "handle"]
"""What may point to a person; its placeholder is the word in capitals and brackets, `[EMAIL]`."""
RiskKind = Literal["crisis", "minor", "abuse", "violence"]
"""Suicide and self-harm; a client under 18; harm done to the client or a child; harm to others."""
CrisisTier = Literal["indicator", "ideation", "behaviour", "attempt"]
"""After the Columbia Suicide Severity Rating Scale (Posner et al., 2011), mildest first."""
Decision = Literal["keep", "veto", "drop"]
"""What a person decides of a speech: take it, take it with the safety veto, leave it out. A
response is kept or dropped."""


Preferred = Literal["first", "second", "tie"]
"""Which of two responses, by the place in which it was shown."""


class Record(BaseModel):
    """A line of a run folder's file: immutable, and closed to unknown fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True
    )


class Sampling(Record):
    """The parameters that change what a model writes. None leaves the server's default."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    """Randomness, 0 to 2 (Anthropic: 0 to 1)."""
    top_p: float | None = Field(default=None, gt=0, le=1)
    """Nucleus sampling: the share of probability that may be drawn from."""
    max_tokens: int = Field(default=1024, ge=1)
    """The most tokens an answer may have; one that reaches it is recorded as cut off."""
    seed: int | None = None
    """The server's own sampling seed, where it takes one."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """Further fields of the request body, sent as they are (``reasoning_effort``, ``top_k``)."""


class Usage(Record):
    """Tokens as the server counted them; None where it did not say. Never an estimate."""

    input_tokens: int | None = None
    """All tokens of the request, those from the provider's cache included."""
    output_tokens: int | None = None
    """All tokens of the answer, reasoning included."""
    cached_tokens: int | None = None
    """The part of the input that came from the provider's prompt cache."""
    cache_write_tokens: int | None = None
    """The part of the input that was put into that cache, which has a price of its own."""
    reasoning_tokens: int | None = None
    """The part of the output that was reasoning."""


class PiiSpan(Record):
    """A place in a text that may point to a person. It holds where and what kind, never what."""

    kind: PiiKind
    """What kind of thing it is."""
    start: int = Field(ge=0)
    """Its first character, counted from 0, in the text as it is kept: in a scrubbed text the
    placeholder's."""
    end: int = Field(ge=1)
    """The character after its last."""


class RiskFlag(Record):
    """A place in a speech at which a rule for danger fired. A flag, not a verdict."""

    kind: RiskKind
    """What the rule looks for."""
    tier: CrisisTier | None = None
    """How far it goes; for `crisis` only."""
    rule: str
    """The rule that fired, as its data file names it, or the model that gave a second opinion."""
    start: int = Field(ge=0)
    """Its first character in the speech as it is kept, counted from 0."""
    end: int = Field(ge=1)
    """The character after its last."""

    @model_validator(mode="after")
    def _tiered(self) -> RiskFlag:
        if (self.kind == "crisis") != (self.tier is not None):
            raise ValueError("a crisis flag has a tier, and no other flag has one")
        return self


class ExistingAnswer(Record):
    """An answer that stands in the source already: a human counsellor's, or another model's."""

    name: str
    """The answer column it came from: `column:<name>` in `generate.models` takes it in."""
    row: int
    """The source row it stands in; differs from the speech's where duplicates were merged."""
    text: str
    """The answer itself, white space and Unicode normalised."""
    pii: tuple[PiiSpan, ...] = ()
    """What in it may point to a person, in order."""


class Turn(Record):
    """What one side said earlier in a dialogue."""

    role: Speaker
    """Who said it."""
    text: str
    """What was said, cleaned like the speech."""


class ClientSpeech(Record):
    """What a client says, ready to be answered."""

    id: str
    """`<source>-<row>`, such as `counsel-chat-17`; with `-<turn>` where a row gives several."""
    source: str
    """The source's name in run.yaml."""
    row: int
    """Row in the source, counted from 0, header not counted."""
    text: str
    """The speech, cleaned."""
    answers: tuple[ExistingAnswer, ...] = ()
    """Answers that came with it."""
    context: tuple[Turn, ...] = ()
    """What was said before it in the same dialogue, oldest first; shown to counsellor and judge."""
    language: str | None = None
    """ISO 639 code as a program guessed it; None where not asked, or of too few words."""
    group: str | None = None
    """Speeches that share a group are near-identical, or of one dialogue, and stay on one side of
    the split."""
    pii: tuple[PiiSpan, ...] = ()
    """What in it may point to a person, in order."""
    flags: tuple[RiskFlag, ...] = ()
    """Signs of danger that rules found in it, in order. None found does not mean none there."""


class Dropped(Record):
    """A source row that is not a speech of this run, and why."""

    id: str
    """As the speech would have been called."""
    source: str
    """The source's name in run.yaml."""
    row: int
    """Row in the source, counted from 0."""
    reason: str
    """A short stable word for counting, such as `too_short`; docs/speeches.md lists them."""
    detail: str
    """The reason in full, such as `63 characters, the least is 100`."""
    text: str
    """What was dropped, so that a person can check the rule."""


class TopicLabel(Record):
    """What a speech is about, in the taxonomy's words."""

    id: str
    """A hash of exactly what was sent; of method and text where nothing was."""
    speech_id: str
    """The speech."""
    coarse: str
    """One of the coarse topics, or `unclear`."""
    fine: str
    """One of the fine topics, or `unclear`."""
    also: tuple[str, ...] = ()
    """Further fine topics that the speech speaks of, the weightiest first."""
    method: str
    """What labelled it: `keywords@version`, or `backend:model prompt@version`."""
    usage: Usage = Usage()
    """Tokens of all attempts that the server counted."""
    batch: str | None = None
    """The provider batch it came in; None where it was asked live, or no model was."""
    at: str | None = None
    """When the model's answer arrived, UTC, ISO 8601."""


class RiskOpinion(Record):
    """What a model found in a speech, as a second opinion beside the rules."""

    id: str
    """The call's id: a hash of exactly what was sent."""
    speech_id: str
    """The speech."""
    model: str
    """`backend:model`."""
    prompt: str
    """`name@version` of the prompt template."""
    flags: tuple[RiskFlag, ...]
    """What it points to, each with its place; none is an opinion too."""
    reasons: tuple[str, ...]
    """What it sees at each of them, in the same order."""
    usage: Usage = Usage()
    """Tokens of all attempts that the server counted."""
    batch: str | None = None
    """The provider batch it came in; None where it was asked live."""
    at: str
    """When it arrived, UTC, ISO 8601."""


class ReviewDecision(Record):
    """What a person decided of a flagged speech, or of a response that its judges disagree on.

    The newest of a speech counts, and the newest of a response.
    """

    speech_id: str
    """The speech."""
    response_id: str | None = None
    """The response to it that was decided on; None where it was the speech itself."""
    text_hash: str
    """Of what was read: words that have changed since are to be read again."""
    decision: Decision
    """What becomes of it."""
    by: str
    """Who decided."""
    why: str
    """The reason, in a sentence."""
    at: str
    """When, UTC, ISO 8601."""


class Response(Record):
    """One candidate answer to one speech, with everything that made it."""

    id: str
    """The call's id: a hash of exactly what was sent."""
    speech_id: str
    """The speech it answers."""
    model: str
    """`backend:model`, as in run.yaml."""
    name: str
    """The model's name in the released columns."""
    text: str
    """The answer, without reasoning."""
    reasoning: str | None = None
    """What a reasoning model thought aloud. Kept apart; never judged, never released as answer."""
    finish: Finish
    """How the answer ended; only `stop` is judged unless run.yaml says otherwise."""
    sample: int = 0
    """Which of several answers to the same request this is."""
    served_model: str | None = None
    """The model as the server named it, which may be a dated version."""
    prompt: str
    """`name@version` of the prompt template."""
    messages_hash: str
    """Hash of the messages as they were sent."""
    sampling: Sampling
    """The parameters that were sent."""
    usage: Usage = Usage()
    """Tokens of all attempts that the server counted, failed ones included."""
    attempts: int = 1
    """Requests it took."""
    latency_s: float | None = None
    """Seconds the successful request took."""
    batch: str | None = None
    """The provider batch it came in; None where it was asked live. Batches have their own price."""
    at: str
    """When it arrived, UTC, ISO 8601."""


class Judgment(Record):
    """What one call to a judge said of one response: its ratings on the principles asked."""

    id: str
    """The call's id: a hash of exactly what was sent."""
    response_id: str
    """The response that was rated."""
    copied_from: str | None = None
    """The response with the same words that the judge was asked about; None where it was this one.
    A copy has no tokens and no attempts of its own."""
    speech_id: str
    """The speech it answers."""
    judge: str
    """`backend:model` of the judge."""
    rubric: str
    """`prompt@version`: changes with any principle or with the judge prompt."""
    repeat: int = 0
    """Which of several ratings of this response by this judge it is, counted from 0."""
    order: tuple[str, ...] = ()
    """The principles that were asked, in the order they were shown; empty for the rubric's own."""
    ratings: dict[str, int]
    """Principle id to rating, 1 to 5, in the rubric's order; only the principles asked."""
    expected: dict[str, float] | None = None
    """Principle id to the mean of 1 to 5 weighted by the judge's own probabilities, where the
    server gave them."""
    rationales: dict[str, str]
    """Principle id to the reason the judge gave before it rated."""
    reasoning: str | None = None
    """What a reasoning judge thought aloud."""
    served_model: str | None = None
    """The judge as the server named it."""
    messages_hash: str
    """Hash of the messages as they were sent."""
    sampling: Sampling
    """The parameters that were sent."""
    usage: Usage = Usage()
    """Tokens of all attempts that the server counted."""
    attempts: int = 1
    """Requests it took, a repeated question after an unreadable reply included."""
    latency_s: float | None = None
    """Seconds the successful request took."""
    batch: str | None = None
    """The provider batch it came in; None where it was asked live. Batches have their own price."""
    at: str
    """When it arrived, UTC, ISO 8601."""


class Comparison(Record):
    """Which of two responses to one speech a judge prefers, shown in this order."""

    id: str
    """The call's id: a hash of exactly what was sent."""
    speech_id: str
    """The speech both answer."""
    first: str
    """Id of the response that was shown first."""
    second: str
    """Id of the other."""
    judge: str
    """`backend:model` of the judge."""
    rubric: str
    """`prompt@version`: changes with any principle or with the prompt."""
    preferred: Preferred
    """The one it prefers. One order alone says little: it counts where both orders agree."""
    rationale: str
    """The reason the judge gave before it chose."""
    reasoning: str | None = None
    """What a reasoning judge thought aloud."""
    served_model: str | None = None
    """The judge as the server named it."""
    messages_hash: str
    """Hash of the messages as they were sent."""
    sampling: Sampling
    """The parameters that were sent."""
    usage: Usage = Usage()
    """Tokens of all attempts that the server counted."""
    attempts: int = 1
    """Requests it took, a repeated question after an unreadable reply included."""
    latency_s: float | None = None
    """Seconds the successful request took."""
    batch: str | None = None
    """The provider batch it came in; None where it was asked live."""
    at: str
    """When it arrived, UTC, ISO 8601."""


class Failure(Record):
    """A call that did not succeed. The last line about a call counts."""

    id: str
    """The call's id."""
    stage: Stage
    """The stage that asked."""
    subject: str
    """The speech or response the call was about."""
    model: str
    """`backend:model` that was asked."""
    kind: str
    """A short stable word for grouping: `timeout`, `rate_limited`, `unreadable_reply`."""
    message: str
    """What happened, without client text or keys."""
    reply: str | None = None
    """The last reply that came, which was paid for; only ever in this file."""
    usage: Usage = Usage()
    """Tokens the server counted for it all the same."""
    attempts: int
    """Requests that were made."""
    batch: str | None = None
    """The provider batch it was asked in; None where it was asked live."""
    requeued: bool = False
    """Whether a person has had it asked again since: `pcdata failures --retry`."""
    at: str
    """When it was given up, or asked for again, UTC, ISO 8601."""


class PreferencePair(Record):
    """Two responses to one speech, one of which was rated clearly better."""

    speech_id: str
    """The speech both answer."""
    split: Split
    """The side of the train/test split the speech is on."""
    chosen: str
    """Id of the better response."""
    rejected: str
    """Id of the other."""
    score_chosen: float
    """Mean rating of the better response over the principles, 1 to 5."""
    score_rejected: float
    """Mean rating of the other."""
    score_margin: float
    """The difference of the two, more than 0."""


class RejectedPair(PreferencePair):
    """A pair that the strategy would have made, and that a gate or a limit kept out."""

    reason: str
    """The first gate that speaks against it, in the order of `pairs.gates`."""
    also: tuple[str, ...] = ()
    """The others that do."""


class AnnotationItem(Record):
    """Two answers to one speech that experts compare, as they were when the sample was drawn.

    The texts stand here too, so that every annotator reads the same words however the run goes on.
    Nothing but the texts is ever shown to an annotator.
    """

    id: str
    """32 hex digits, from the speech, the two responses and whether it is a repeat."""
    speech_id: str
    """The speech both answer."""
    responses: tuple[str, str]
    """Ids of the two answers. Their order here is drawn and says nothing of them: each annotator
    sees them on sides of their own, which stand in the `Annotation`."""
    speech: str
    """What the client said."""
    context: tuple[Turn, ...] = ()
    """What was said before it, where the speech is a turn of a dialogue."""
    texts: tuple[str, str]
    """The two answers, in the order of `responses`."""
    repeat_of: str | None = None
    """The item that this one shows again, unannounced and the other way round, to measure how
    consistent an annotator is; None for all others."""
    stratum: str
    """The margin band that it was drawn for, such as `0.5-1.0`."""
    scores: tuple[float, float]
    """Mean ratings by the run's judge when the sample was drawn, in the order of `responses`."""
    models: tuple[str, str]
    """The models' released names, in the order of `responses`."""
    topic: str | None = None
    """The speech's topic, where topics were labelled."""
    flagged: bool = False
    """Whether the speech carries a risk flag."""


class SideRatings(Record):
    """An annotator's ratings of the answers on both sides: principle id to rating, 1 to 5.

    Rating is optional: a principle that was not rated is not there.
    """

    a: dict[str, int] = Field(default_factory=dict)
    b: dict[str, int] = Field(default_factory=dict)


class Annotation(Record):
    """What one annotator said of one item. Saved at every click.

    A later line of the same item and annotator takes the place of an earlier one;
    `annotation.standing` gives those that stand.
    """

    id: str
    """32 hex digits, the same for all lines of one annotator on one item."""
    item_id: str
    """The `AnnotationItem`."""
    speech_id: str
    """The speech both answers belong to."""
    response_a: str
    """Id of the answer that was shown as A, on the left. Another annotator may have seen the two
    the other way round: go by the ids."""
    response_b: str
    """Id of the answer that was shown as B, on the right."""
    annotator: str
    """The name they gave."""
    preference: int | None = Field(default=None, ge=-2, le=2)
    """-2 A is much better, -1 A is better, 0 a tie, 1 B is better, 2 B is much better; None where
    the item was skipped, or is not decided yet."""
    skipped: bool = False
    """Whether the annotator chose not to decide."""
    ratings: SideRatings = SideRatings()
    """Ratings of the principles, by side as shown."""
    unsafe: tuple[bool, bool] = (False, False)
    """Whether A, and whether B, was flagged as one that could harm the client."""
    comment: str = ""
    """In the annotator's own words."""
    repeat_of: str | None = None
    """The earlier item that this one repeats, where it is a hidden repeat."""
    seconds: float = Field(default=0.0, ge=0)
    """How long the item was on the annotator's screen, over all visits."""
    undo: bool = False
    """Whether this line takes back the change before it, and restores what stood then."""
    at: str
    """When it was saved, UTC, ISO 8601."""
