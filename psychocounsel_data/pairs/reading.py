"""The journals of a run as columns: speeches, the answers that count, and what they are rated.

Every line is held to its record (`bulk`). A response that does not count, and a judgment that does
not, has one reason, and is counted under it. No text stays in memory: what is needed of one is
taken when its line goes by, and the byte at which the line starts.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data import bulk
from psychocounsel_data.checks import sentences, token_counter
from psychocounsel_data.checks.languages import elsewhere, language
from psychocounsel_data.checks.scripts import script
from psychocounsel_data.config import PairGates, PairsConfig
from psychocounsel_data.errors import ConfigError, InputError, RunError
from psychocounsel_data.judging.aggregation import Panel
from psychocounsel_data.judging.disagreement import left_out_by_people
from psychocounsel_data.pairs import gates as faults
from psychocounsel_data.pairs.ratings import combined, seat_bit
from psychocounsel_data.participation import Participation
from psychocounsel_data.records import ClientSpeech, Judgment, Response, Sampling
from psychocounsel_data.rubric import HIGHEST, LOWEST
from psychocounsel_data.run import Run
from psychocounsel_data.splitting import side, split_key

if TYPE_CHECKING:
    import polars as pl


class Wanted(NamedTuple):
    """Which judgments are looked for."""

    panel: Panel
    rubric: str
    """`prompt@version`, the present one."""
    principles: tuple[str, ...]
    """Ids in the order of the rubric."""


class Maker(NamedTuple):
    """What made a number of responses: all that is the same for them."""

    model: str
    """`backend:model`."""
    name: str
    """Its released name."""
    prompt: str
    sampling: Sampling
    served_model: str | None


class Rater(NamedTuple):
    """What made a number of judgments."""

    judge: str
    rubric: str
    sampling: Sampling
    served_model: str | None


class Pool(NamedTuple):
    """Everything that may be paired."""

    speeches: pl.DataFrame
    """In the order of the file: `id`, `source`, `split`, `at` (the byte its line starts at), `veto`
    (whether its pairs have to pass the safety veto), `absent` (why it takes no part, or null)."""
    answers: pl.DataFrame
    """Those that count, in no order that means anything: `response_id`, `speech` (row in
    `speeches`), `maker`, `at`, `judged_at`, `judges`, `chars`, `text` (equal for equal texts),
    `either` and `chosen` (masks of faults), `sentences` where gates need them, and a column of
    whole numbers for each principle."""
    left_out: pl.DataFrame
    """Responses to a known speech that do not count: `response_id`, `speech`, `maker`, `reason`."""
    unit: int
    """What a rating of 1 is in those whole numbers."""
    makers: tuple[Maker, ...]
    raters: tuple[tuple[Rater, int], ...]
    """Who made the judgments of the present rubric by judges of the panel, and how many each."""
    panel: Panel
    """Whose ratings these are."""
    instead_of: str | None
    """The judge that was asked for, where another, the only one, stands in for it."""
    responses_left_out: Counter[str]
    """Reason to number of responses, each under the first reason that applies."""
    judgments_left_out: Counter[str]
    """Reason to number of judgments, likewise."""


def read(run: Run, wanted: Wanted, pairs: PairsConfig) -> Pool:
    """The answers that count.

    A response counts if its speech is in the run and takes part in it (`participation`), it is the
    newest of its speech, model and sample (an older one was made with an earlier prompt or other
    parameters), its model is not excluded, its ending is one that run.yaml accepts, no person has
    left it out because its judges disagree, and the panel has rated it with the present rubric.
    Ratings that are out of range, or on principles that were not asked for, are refused, never
    mended. Where the only wanted judge has rated nothing and
    exactly one other has, that one is taken, and `Pool.instead_of` says so.

    Raises:
        ConfigError: several other judges have rated, an excluded model is unknown, or a gate
            cannot be used.
        RunError: a stage is missing, or there is no judgment made with the present rubric.
        InputError: a line of a journal cannot be read.
    """
    import polars as pl

    run.need(run.speeches, "pcdata load")
    run.need(run.responses, "pcdata generate")
    run.need(run.judgments, "pcdata judge")
    speeches = _speeches(run, pairs)
    answers, makers = _answers(run, pairs.gates, speeches)
    _check_excluded(run, pairs.exclude_models, makers)
    known = answers.filter(pl.col("speech").is_not_null())
    standing = known.unique(["speech", "model", "sample"], keep="last", maintain_order=True)
    standing = standing.with_columns(reason=_reason(run, pairs, makers))
    sheets = _sheets(run, wanted)
    panel, instead_of = _the_panel(wanted, sheets)
    votes, refused = _votes(sheets, panel, wanted, standing, makers)
    rated = combined(votes, panel, wanted.principles)
    of_no_use = votes.join(rated.frame, on="response_id", how="anti").height
    joined = standing.join(rated.frame, on="response_id", how="left", maintain_order="left")
    counts = pl.col("reason").is_null() & pl.col("judges").is_not_null()
    missing = _with_reasons(joined.filter(~counts), refused, panel, makers)
    responses_left_out = Counter(dict(missing["reason"].value_counts().iter_rows()))
    responses_left_out["unknown_speech"] = answers.height - known.height
    responses_left_out["superseded"] = known.height - standing.height
    return Pool(
        speeches.drop("script"),
        joined.filter(counts).drop("reason", "model", "sample", "finish", "absent"),
        missing.select("response_id", "speech", "maker", "reason"),
        rated.unit,
        tuple(makers),
        refused.raters,
        panel,
        instead_of,
        responses_left_out,
        refused.judgments + Counter(incomplete_ratings=of_no_use),
    )


# --- speeches -----------------------------------------------------------------------------------


def _speeches(run: Run, pairs: PairsConfig) -> pl.DataFrame:
    import polars as pl

    participation = Participation(run)
    frames = []
    for batch in bulk.batches(run.speeches, ClientSpeech):
        places = [participation.of(one) for one in batch.records]
        frame = pl.DataFrame(
            {
                "id": [one.id for one in batch.records],
                "source": [one.source for one in batch.records],
                "split": [
                    side(split_key(one), test_fraction=pairs.test_fraction, seed=pairs.seed)
                    for one in batch.records
                ],
                "at": batch.positions,
                "veto": [place.veto for place in places],
                "absent": [place.reason for place in places],
                "text": [one.text for one in batch.records],
                "tokens": _tokens(pairs.gates, run, [one.text for one in batch.records]),
            },
            schema_overrides={
                "source": pl.Categorical,
                "split": pl.Enum(["train", "test"]),
                "absent": pl.String,
            },
        )
        spoken = language(frame["text"]) if pairs.gates.other_language else pl.lit(None, pl.String)
        frames.append(
            frame.with_columns(script=script(pl.col("text")), language=spoken).drop("text")
        )
    speeches = pl.concat(frames) if frames else pl.DataFrame(schema={"id": pl.String})
    twice = speeches.filter(pl.col("id").is_duplicated())
    if not twice.is_empty():
        name = twice["id"][0]
        raise InputError(f"{run.speeches}: two speeches are called {name}: run `pcdata load`")
    return speeches.with_row_index("speech")


def _tokens(gates: PairGates, run: Run, texts: Sequence[str]) -> list[int]:
    """Tokens of each text; 0 where nobody wants to know."""
    if gates.max_tokens is None:
        return [0] * len(texts)
    return token_counter(gates.tokenizer, run.folder)(texts)


# --- responses ----------------------------------------------------------------------------------


def _answers(
    run: Run, gates: PairGates, speeches: pl.DataFrame
) -> tuple[pl.DataFrame, list[Maker]]:
    """Every response without its text, and what made them."""
    import polars as pl

    makers: dict[tuple[object, ...], int] = {}
    made: list[Maker] = []
    models: dict[str, int] = {}

    def maker(one: Response) -> int:
        key = (one.model, one.name, one.prompt, _key(one.sampling), one.served_model)
        if key not in makers:
            makers[key] = len(made)
            sampling = Sampling.model_validate(_fields(one.sampling))
            made.append(Maker(one.model, one.name, one.prompt, sampling, one.served_model))
        return makers[key]

    numbers = {name: number for number, name in enumerate(speeches["id"])}
    own = speeches.select("script", "language", "tokens", "absent")
    frames = []
    for batch in bulk.batches(run.responses, Response):
        texts = [one.text for one in batch.records]
        frame = pl.DataFrame(
            {
                "response_id": [one.id for one in batch.records],
                "speech": [numbers.get(one.speech_id) for one in batch.records],
                "maker": [maker(one) for one in batch.records],
                "model": [models.setdefault(one.model, len(models)) for one in batch.records],
                "sample": [one.sample for one in batch.records],
                "finish": [one.finish for one in batch.records],
                "at": batch.positions,
                "words": texts,
                "own_tokens": _tokens(gates, run, texts),
            },
            schema_overrides={
                "speech": speeches["speech"].dtype,
                "maker": pl.UInt32,
                "model": pl.UInt32,
                "finish": pl.Categorical,
            },
        )
        beside = own.select(pl.all().gather(frame["speech"]))
        frames.append(_observed(frame.hstack(beside), gates))
    return (pl.concat(frames) if frames else _no_answers()), made


def _no_answers() -> pl.DataFrame:
    raise RunError("responses.jsonl is empty: run `pcdata generate` first")


def _observed(frame: pl.DataFrame, gates: PairGates) -> pl.DataFrame:
    """What is needed of the texts, without them."""
    import polars as pl

    words = pl.col("words")
    either, chosen = faults.text_faults(gates, words)
    if gates.max_tokens is not None:
        long = pl.col("tokens") + pl.col("own_tokens") > gates.max_tokens
        either = either | faults.flag("too_long", long)
    if gates.other_language is not None:
        frame = frame.with_columns(elsewhere=elsewhere(frame["words"], frame["language"]))
        another = pl.col("elsewhere") | (script(words) != pl.col("script"))
        other = faults.flag("other_language", another)
        either, chosen = (
            (either | other, chosen)
            if gates.other_language == "either"
            else (either, chosen | other)
        )
    wanted = {"sentences": sentences(words)} if gates.near_identical is not None else {}
    return frame.with_columns(
        chars=words.str.len_chars(), text=words.hash(), either=either, chosen=chosen, **wanted
    ).drop("words", "script", "language", "elsewhere", "tokens", "own_tokens", strict=False)


def _key(sampling: Sampling) -> tuple[object, ...]:
    """Equal for equal parameters."""
    extra = repr(sampling.extra) if sampling.extra else None
    return (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed, extra)


def _fields(struct: object) -> dict[str, object]:
    """The fields of what `bulk` gives in place of a record."""
    return {name: getattr(struct, name) for name in type(struct).__struct_fields__}  # type: ignore[attr-defined]


def _reason(run: Run, pairs: PairsConfig, makers: Sequence[Maker]) -> pl.Expr:
    """Why a standing response does not count, whatever its ratings; null where it may."""
    import polars as pl

    out = {
        number
        for number, maker in enumerate(makers)
        if maker.model in pairs.exclude_models or maker.name in pairs.exclude_models
    }
    accepted = [str(finish) for finish in run.config.judge.accept]
    finish = pl.col("finish").cast(pl.String)
    return pl.coalesce(
        "absent",
        pl.when(pl.col("maker").is_in(list(out)))
        .then(pl.lit("excluded_model"))
        .when(~finish.is_in(accepted))
        .then(pl.lit("finish_") + finish)
        .when(pl.col("response_id").is_in(list(left_out_by_people(run))))
        .then(pl.lit("contested")),
    )


def _check_excluded(run: Run, exclude_models: Sequence[str], makers: Sequence[Maker]) -> None:
    """A misspelt name would let the model in that was meant to stay out."""
    known = {name for one in makers for name in (one.model, one.name)}
    known |= {name for one in run.config.generate.models for name in (one.model, one.label)}
    for name in exclude_models:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"pairs.exclude_models: no model '{name}': {hint}")


# --- judgments ----------------------------------------------------------------------------------


class _Sheets(NamedTuple):
    """Every judgment without its words."""

    frame: pl.DataFrame
    """`response_id`, `rater`, `repeat`, `usable`, `at`, and a column for each principle."""
    raters: tuple[Rater, ...]


class _Refused(NamedTuple):
    """What became of the judgments that do not count."""

    judgments: Counter[str]
    unusable: pl.DataFrame
    """`response_id` of those."""
    rated: pl.DataFrame
    """`response_id` of those that have a usable rating, be it one of several that are wanted."""
    earlier: pl.DataFrame
    """`response_id` of those that were rated with an earlier rubric."""
    raters: tuple[tuple[Rater, int], ...]


def _sheets(run: Run, wanted: Wanted) -> _Sheets:
    import polars as pl

    raters: dict[tuple[object, ...], int] = {}
    known: list[Rater] = []

    def rater(one: Judgment) -> int:
        key = (one.judge, one.rubric, _key(one.sampling), one.served_model)
        if key not in raters:
            raters[key] = len(known)
            sampling = Sampling.model_validate(_fields(one.sampling))
            known.append(Rater(one.judge, one.rubric, sampling, one.served_model))
        return raters[key]

    names = wanted.principles
    frames = []
    for batch in bulk.batches(run.judgments, Judgment):
        rows = [_row(one.ratings, names) for one in batch.records]
        frames.append(
            pl.DataFrame(
                {
                    "response_id": [one.response_id for one in batch.records],
                    "rater": [rater(one) for one in batch.records],
                    "repeat": [one.repeat for one in batch.records],
                    "at": batch.positions,
                    **dict(zip(names, zip(*rows, strict=True), strict=True)),
                },
                schema_overrides={
                    "rater": pl.UInt32,
                    "repeat": pl.UInt32,
                    **dict.fromkeys(names, pl.Int64),
                },
            ).with_columns(usable=_in_range(names))
        )
    if not frames:
        raise RunError("judgments.jsonl is empty: run `pcdata judge` first")
    return _Sheets(pl.concat(frames), tuple(known))


def _row(ratings: Mapping[str, int], names: tuple[str, ...]) -> tuple[int | None, ...]:
    """The ratings in the rubric's order, None where one was not asked.

    A principle that is not the rubric's makes the first of them 0, which no rating is.
    """
    row = tuple(map(ratings.get, names))
    if len(ratings) + row.count(None) == len(names):
        return row
    return (0, *row[1:])


def _in_range(names: Sequence[str]) -> pl.Expr:
    """Whether every rating is a point of the scale; a judgment without any says nothing wrong."""
    import polars as pl

    return pl.all_horizontal(pl.col(names).is_between(LOWEST, HIGHEST).fill_null(value=True))


def _the_panel(wanted: Wanted, sheets: _Sheets) -> tuple[Panel, str | None]:
    """The wanted panel if any of it has rated, else the only judge that has.

    Raises:
        ConfigError: several others have rated.
        RunError: no judge of it has rated with the present rubric.
    """
    judges = {one.judge for one in sheets.raters}
    panel, instead_of = wanted.panel, None
    if not judges & {seat.judge for seat in panel.seats}:
        asked = " and ".join(seat.judge for seat in panel.seats)
        if len(judges) > 1 or len(panel.seats) > 1:
            known = ", ".join(sorted(judges))
            raise ConfigError(f"{asked} has rated nothing, {known} have: say which with --judge")
        seat = panel.seats[0]._replace(judge=next(iter(judges)))
        panel, instead_of = panel._replace(seats=(seat,)), asked
    seated = {seat.judge for seat in panel.seats}
    of_panel = [one for one in sheets.raters if one.judge in seated]
    if wanted.rubric not in {one.rubric for one in of_panel}:
        earlier = ", ".join(sorted({one.rubric for one in of_panel}))
        raise RunError(
            f"all judgments by {' and '.join(sorted(seated))} were made with an earlier rubric "
            f"({earlier}; the present one is {wanted.rubric}): run `pcdata judge` to rate with the "
            "present one"
        )
    return panel, instead_of


def _votes(
    sheets: _Sheets,
    panel: Panel,
    wanted: Wanted,
    standing: pl.DataFrame,
    makers: Sequence[Maker],
) -> tuple[pl.DataFrame, _Refused]:
    """The ratings that go into verdicts, and what became of the others."""
    import polars as pl

    names = list(wanted.principles)
    places = {seat.judge: number for number, seat in enumerate(panel.seats)}
    seat = {number: places.get(one.judge) for number, one in enumerate(sheets.raters)}
    seated = [number for number, place in seat.items() if place is not None]
    present = [number for number in seated if sheets.raters[number].rubric == wanted.rubric]
    repeats = {
        number: panel.seats[place].repeats for number, place in seat.items() if place is not None
    }

    of_panel = sheets.frame.filter(pl.col("rater").is_in(seated))
    counting = standing.filter(pl.col("reason").is_null()).select(
        "response_id", seats=_seats(panel, makers)
    )
    known = of_panel.join(counting, on="response_id", how="inner", maintain_order="left")
    current = known.filter(pl.col("rater").is_in(present))
    usable = current.filter("usable")
    place = pl.col("rater").replace_strict(seat, return_dtype=pl.UInt32)
    in_turn = pl.col("repeat") < pl.col("rater").replace_strict(repeats, return_dtype=pl.UInt32)
    votes = usable.with_columns(seat=place).filter(in_turn & ((pl.col("seats") & seat_bit()) > 0))
    whole = pl.all_horizontal(pl.col(names).is_not_null())
    superseded = int(
        votes.filter(whole)
        .select(~pl.struct("response_id", "seat", "repeat").is_last_distinct())
        .to_series()
        .sum()
    )
    counted = Counter(current["rater"].to_list())
    refused = _Refused(
        Counter(
            other_judge=sheets.frame.height - of_panel.height,
            response_left_out=of_panel.height - known.height,
            earlier_rubric=known.height - current.height,
            unusable_ratings=current.height - usable.height,
            not_on_the_panel=usable.height - votes.height,
            superseded=superseded,
        ),
        current.filter(~pl.col("usable")).select("response_id").unique(),
        votes.select("response_id").unique(),
        known.filter(~pl.col("rater").is_in(present)).select("response_id").unique(),
        tuple((sheets.raters[number], count) for number, count in sorted(counted.items())),
    )
    return votes.drop("rater", "usable"), refused


def _seats(panel: Panel, makers: Sequence[Maker]) -> pl.Expr:
    """The bits of the judges that may rate a response, by its maker."""
    import polars as pl

    bits = {
        number: sum(
            1 << place
            for place, seat in enumerate(panel.seats)
            if seat in panel.seats_for(maker.model)
        )
        for number, maker in enumerate(makers)
    }
    return pl.col("maker").replace_strict(bits, return_dtype=pl.UInt32)


def _with_reasons(
    missing: pl.DataFrame, refused: _Refused, panel: Panel, makers: Sequence[Maker]
) -> pl.DataFrame:
    """Why each response that may count has no verdict, as `judging.aggregation.rate` says it."""
    import polars as pl

    def among(frame: pl.DataFrame) -> pl.Expr:
        return pl.col("response_id").is_in(frame["response_id"].implode())

    return missing.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(_seats(panel, makers) == 0)
            .then(pl.lit("own_model"))
            .when(among(refused.unusable))
            .then(pl.lit("unusable_ratings"))
            .when(among(refused.rated))
            .then(pl.lit("incomplete_ratings"))
            .when(among(refused.earlier))
            .then(pl.lit("earlier_rubric"))
            .otherwise(pl.lit("not_judged")),
        )
    )
