"""Agreement with what experts said of a run: annotations.jsonl against the data set's labels."""

from pathlib import Path

import polars as pl
import pytest
from agreement_command import Agreement, agreement

from psychocounsel_data import journal
from psychocounsel_data.agreement.card import card_section
from psychocounsel_data.agreement.result import AgreementResult
from psychocounsel_data.records import Annotation, SideRatings
from psychocounsel_data.run import Run

__all__ = ["agreement"]

SPEECHES = 40
MODELS = ("m1", "m2", "m3")


def response_id(speech: int, model: int) -> str:
    """Hash-like, so that neither of two ids is always the lower."""
    return f"{(speech * 97 + model * 61) * 2654435761 % 2**64:016x}"


def rating(speech: int, model: int, principle: int) -> int:
    return min(5, 1 + model * 2 - (model == 2 and (speech + principle) % 3 == 0))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with rated responses: the third model is the best, the first the worst."""
    (tmp_path / "run.yaml").write_text("name: invented\nsources: [{path: speeches.csv}]\n", "utf-8")
    rows = [
        {
            "response_id": response_id(speech, model),
            "ID": f"s-{speech}",
            "name": MODELS[model],
            "judge": "openai:invented",
            "score": (rating(speech, model, 0) + rating(speech, model, 1)) / 2,
            "empathy_rating": rating(speech, model, 0),
            "safety_rating": rating(speech, model, 1),
        }
        for speech in range(SPEECHES)
        for model in range(3)
    ]
    folder = tmp_path / "dataset" / "responses"
    folder.mkdir(parents=True)
    pl.DataFrame(rows).write_parquet(folder / "train-00000-of-00001.parquet")
    return Run(tmp_path)


def annotation(
    speech: int, annotator: str, preference: int | None, **changes: object
) -> Annotation:
    """Of the worst and the best response; who is A differs by annotator and speech."""
    sides = [response_id(speech, 0), response_id(speech, 2)]
    if (speech + len(annotator)) % 2:
        sides.reverse()
        preference = None if preference is None else -preference
    return Annotation.model_validate(
        {
            "id": f"{speech:016x}{int.from_bytes(annotator.encode()):016x}",
            "item_id": f"{speech:032x}",
            "speech_id": f"s-{speech}",
            "response_a": sides[0],
            "response_b": sides[1],
            "annotator": annotator,
            "preference": preference,
            "at": "2026-01-01T00:00:00Z",
            **changes,
        }
    )


def annotate(run: Run, *annotations: Annotation) -> None:
    journal.replace(run.annotations, annotations)


def test_labels_are_held_against_every_expert(run: Run, agreement: Agreement) -> None:
    """Ada always sees it as the judge does, Ben in 30 of 40, on whichever side it stands."""
    annotate(
        run,
        *(annotation(speech, "Ada", 2) for speech in range(SPEECHES)),
        *(annotation(speech, "Ben", -1 if speech < 10 else 1) for speech in range(SPEECHES)),
    )

    result = agreement("--run", str(run.folder), "--resamples", "100", "--json").result

    assert result.humans == ("Ada", "Ben")
    part = result.parts[0]
    assert part.subject == "preference"
    raw = {(one.first, one.second): one.figures["raw"].value for one in part.comparisons}
    assert raw == {
        ("Ada", "Ben"): 0.75,
        ("openai:invented", "Ada"): 1.0,
        ("openai:invented", "Ben"): 0.75,
    }
    point = result.margins[0].points[0]
    assert point.agreement.value == pytest.approx(0.875)
    assert point.human.value == pytest.approx(0.75)
    assert point.compared == 80


@pytest.mark.parametrize(("pairs", "advised"), [(10, None), (40, 0.0)])
def test_a_few_verdicts_that_all_agree_prove_nothing(
    run: Run, agreement: Agreement, pairs: int, advised: float | None
) -> None:
    """Every resample agrees too; of 40 such verdicts the low end is 91%, of 10 it is 72%."""
    annotate(run, *(annotation(speech, "Ada", 1) for speech in range(pairs)))

    curve = agreement("--run", str(run.folder), "--resamples", "20", "--json").result.margins[0]

    assert curve.points[0].agreement.low == pytest.approx({10: 0.7225, 40: 0.9124}[pairs], abs=1e-4)
    assert curve.advised == advised


def test_who_has_rated_no_principle_is_no_rater_of_principles(
    run: Run, agreement: Agreement
) -> None:
    """Rating is optional: Ben's blanks are neither missing nor part of a mean of two."""
    ratings = {"a": {"empathy": 3}, "b": {"empathy": 4}}
    annotate(
        run,
        *(annotation(speech, "Ada", 1, ratings=ratings) for speech in range(5)),
        *(annotation(speech, "Ben", 1) for speech in range(5)),
    )

    ended = agreement("--run", str(run.folder), "--resamples", "20", "--json")

    assert {one.second for one in ended.result.means} == {"Ada"}
    assert "missing, and left out" not in ended.err


def test_the_yield_is_that_of_the_data_set_not_of_the_sample(
    run: Run, agreement: Agreement
) -> None:
    annotate(run, *(annotation(speech, "Ada", 1) for speech in range(5)))

    result = agreement("--run", str(run.folder), "--resamples", "20", "--json").result

    assert result.margins[0].points[0].pairs == SPEECHES * 3
    assert result.parts[0].items == 5


def test_ties_skips_and_repeats_are_kept_apart(run: Run, agreement: Agreement) -> None:
    again = {"item_id": "f" * 32, "repeat_of": f"{1:032x}"}
    annotate(
        run,
        annotation(0, "Ada", 0),
        annotation(1, "Ada", 1),
        annotation(2, "Ada", None, skipped=True),
        annotation(1, "Ada", -1, **again),
        *(annotation(speech, "Ada", 1) for speech in range(3, 9)),
    )

    result = agreement("--run", str(run.folder), "--resamples", "20", "--json").result

    point = result.margins[0].points[0]
    assert (point.ties, point.compared, point.agreement.value) == (1, 7, 1.0)
    assert result.skipped == 1
    assert [(one.repeats, one.same) for one in result.consistency] == [(1, 0)]


def test_a_later_line_of_an_item_counts(run: Run, agreement: Agreement) -> None:
    lines = [annotation(speech, "Ada", 1) for speech in range(4)]
    annotate(run, annotation(0, "Ada", -1), *lines)

    result = agreement("--run", str(run.folder), "--resamples", "20", "--json").result

    assert result.margins[0].points[0].agreement.value == 1.0


def test_ratings_of_principles_are_compared_by_response(run: Run, agreement: Agreement) -> None:
    """Ada rates as the judge does, one point lower; sides do not matter."""

    def ratings(speech: int) -> SideRatings:
        worse, best = ({"empathy": max(1, rating(speech, model, 0) - 1)} for model in (0, 2))
        swapped = (speech + len("Ada")) % 2
        return SideRatings(a=best, b=worse) if swapped else SideRatings(a=worse, b=best)

    annotate(
        run, *(annotation(speech, "Ada", 1, ratings=ratings(speech)) for speech in range(SPEECHES))
    )

    result = agreement("--run", str(run.folder), "--resamples", "50", "--json").result

    part = result.parts[1]
    assert part.subject == "ratings"
    assert part.attributes == ("empathy",)
    assert part.comparisons[0].items == 2 * SPEECHES
    assert part.comparisons[0].difference.value == pytest.approx(0.5)
    assert result.means[0].values == 2


def test_unsafe_flags_and_lost_responses_are_reported(run: Run, agreement: Agreement) -> None:
    gone = annotation(1, "Ada", 1).model_copy(update={"response_a": "0" * 32, "item_id": "e" * 32})
    best_is_a = (0 + len("Ada")) % 2
    flagged = annotation(0, "Ada", 1, unsafe=(bool(best_is_a), not best_is_a))
    annotate(run, flagged, gone, *(annotation(speech, "Ada", 1) for speech in range(2, 6)))

    ended = agreement("--run", str(run.folder), "--resamples", "20")

    assert "Experts flagged 1 of 10 responses as unsafe; the label prefers 1 of these" in ended.err
    assert "1 annotations are of responses that are not in the data set any more" in ended.err


def test_the_result_is_kept_for_the_card(run: Run, agreement: Agreement) -> None:
    annotate(run, *(annotation(speech, "Ada", 1) for speech in range(SPEECHES)))

    result = agreement("--run", str(run.folder), "--resamples", "20", "--json").result

    kept = list(journal.read(run.agreement, AgreementResult))
    assert kept == [result]
    assert "Which response is better" in card_section(kept[0])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((), "no annotations.jsonl in "),
        (("--judge", "x"), "say how to read a table: name it"),
    ],
)
def test_what_is_missing_is_said(
    run: Run, agreement: Agreement, flags: tuple[str, ...], words: str
) -> None:
    ended = agreement("--run", str(run.folder), *flags)

    assert ended.code == 2
    assert words in ended.err


def test_annotations_without_a_decision_are_no_study(run: Run, agreement: Agreement) -> None:
    annotate(run, annotation(0, "Ada", None, skipped=True))
    ended = agreement("--run", str(run.folder))

    assert ended.code == 2
    assert "is decided: go on with `pcdata annotate`" in ended.err


def test_a_folder_without_a_data_set_names_the_command(run: Run, agreement: Agreement) -> None:
    annotate(run, annotation(0, "Ada", 1))
    (run.dataset / "responses" / "train-00000-of-00001.parquet").unlink()
    ended = agreement("--run", str(run.folder))

    assert ended.code == 2
    assert "run `pcdata build-pairs` first" in ended.err
