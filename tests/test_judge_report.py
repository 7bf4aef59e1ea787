"""What the report says of judges whose faults are known because they were made."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from psychocounsel_data import journal
from psychocounsel_data.errors import RunError
from psychocounsel_data.judge_report.figures import shape
from psychocounsel_data.judge_report.result import JudgeReport, Level
from psychocounsel_data.judge_report.whole import judge_report
from psychocounsel_data.judging.ordering import drawn_order
from psychocounsel_data.judging.questionnaire import Questionnaire
from psychocounsel_data.records import (
    Comparison,
    Failure,
    Judgment,
    Preferred,
    Response,
    Sampling,
    Usage,
)
from psychocounsel_data.run import Run
from tests.rated_run import SEVEN, ask_judges, make_run, make_short_rubric
from tests.tiny_llama import make_gguf, serve

AT = "2026-01-01T00:00:00.000Z"
Opinion = Callable[[Response, str, int, int], int]
"""A judge: response, principle, its place in the question and the repeat to a rating."""


def rate(run: Run, judges: dict[str, Opinion]) -> None:
    """Write the judgments that judges of known habits would give."""
    config = run.config.judge
    questionnaire = Questionnaire(run.folder, config)
    repeats = {judge.model: judge.repeats for judge in config.judges}
    made = []
    for judge, opinion in judges.items():
        for response in journal.read(run.responses, Response):
            for repeat in range(repeats[judge]):
                for sheet in questionnaire.asked(response.id, repeat):
                    order = questionnaire.sheets[sheet].rubric.ids
                    ratings = {
                        one: opinion(response, one, order.index(one), repeat) for one in SEVEN
                    }
                    made.append(judgment(judge, response, repeat, order, ratings, questionnaire))
    journal.replace(run.judgments, made)


def judgment(
    judge: str,
    response: Response,
    repeat: int,
    order: tuple[str, ...],
    ratings: dict[str, int],
    questionnaire: Questionnaire,
) -> Judgment:
    return Judgment(
        id=hashlib.sha256(f"{judge}{response.id}{repeat}".encode()).hexdigest()[:32],
        response_id=response.id,
        speech_id=response.speech_id,
        judge=judge,
        rubric=questionnaire.label,
        repeat=repeat,
        order=order,
        ratings=ratings,
        rationales={},
        messages_hash="0" * 32,
        sampling=Sampling(),
        at=AT,
    )


def text(report: JudgeReport, level: Level) -> str:
    return "\n".join(one.text for one in report.findings if one.level == level)


def chance(*seed: object) -> int:
    """A rating that says nothing, the same every time."""
    return random.Random(repr(seed)).randint(1, 5)


def quality(response: Response, principle: str) -> int:
    """What two good judges would both see."""
    return chance("quality", response.id, principle)


def test_judges_that_agree_are_called_reliable(tmp_path: Path) -> None:
    """With alpha 1 throughout, nobody stricter than the other, and nothing to review."""
    run = make_run(tmp_path, "{panel: ['a:j', 'b:k']}", speeches=10)
    rate(run, dict.fromkeys(("a:j", "b:k"), lambda r, p, place, repeat: quality(r, p)))
    report = judge_report(run)

    assert report.panel is not None
    assert {one.value for one in report.panel.alpha.values()} == {1.0}
    assert report.panel.kappas == {"a:j | b:k": 1.0}
    assert report.panel.severity == {"a:j": 0, "b:k": 0}
    assert "reliable" in text(report, "fine")
    assert report.contested == ()


def test_judges_that_draw_lots_are_called_no_better_than_chance(tmp_path: Path) -> None:
    """And what differs widely is listed, the widest first."""
    run = make_run(tmp_path, "{panel: ['a:j', 'b:k', 'c:l']}", speeches=40)
    judges = ("a:j", "b:k", "c:l")
    rate(run, {one: lambda r, p, place, repeat, one=one: chance(one, r.id, p) for one in judges})
    report = judge_report(run)
    spreads = [max(max(g) - min(g) for g in one.ratings.values()) for one in report.contested]

    assert report.panel is not None
    assert abs(report.panel.mean_alpha.value or 1) < 0.1
    assert "no better than chance" in text(report, "worry")
    assert "Do not build a data set on them" in report.findings[0].text
    assert len(report.contested) > 60
    assert spreads == sorted(spreads, reverse=True)
    assert min(spreads) >= 2


def test_a_stricter_judge_is_named(tmp_path: Path) -> None:
    """Alpha falls with it too, because the same answer then gets different scores."""
    run = make_run(tmp_path, "{panel: ['a:j', 'b:k']}", speeches=20)
    rate(
        run,
        {
            "a:j": lambda r, p, place, repeat: max(1, quality(r, p) - 1),
            "b:k": lambda r, p, place, repeat: quality(r, p),
        },
    )
    report = judge_report(run)

    assert report.panel is not None
    assert report.panel.severity["a:j"] == -report.panel.severity["b:k"] < -0.3
    assert "b:k rates 0." in text(report, "watch")


def test_a_judge_that_only_gives_fives_is_found_out(tmp_path: Path) -> None:
    """All tied, correlations undefined rather than invented."""
    run = make_run(tmp_path, "{panel: ['a:j', 'b:k']}", speeches=5)
    rate(run, dict.fromkeys(("a:j", "b:k"), lambda r, p, place, repeat: 5))
    report = judge_report(run)
    one = report.judges[0]

    assert (one.all_fives, one.tied, one.halo) == (1, 1, None)
    assert one.principles["safety"].counts == {1: 0, 2: 0, 3: 0, 4: 0, 5: 10}
    assert "highest rating on every principle to 100%" in text(report, "watch")
    assert "not defined" in text(report, "worry")


def test_repeats_show_what_chance_there_is_in_a_judge(tmp_path: Path) -> None:
    """One that changes its mind about a third of the time, and one that never does."""
    run = make_run(tmp_path, "{panel: ['a:j', 'b:k'], repeats: 2}", speeches=20)
    rate(
        run,
        {
            "a:j": lambda r, p, place, repeat: quality(r, p),
            "b:k": lambda r, p, place, repeat: chance(repeat, r.id, p),
        },
    )
    report = judge_report(run)
    firm, fickle = report.judges
    found = [one.retest_kappa for one in fickle.principles.values() if one.retest_kappa]

    assert all(one.retest_exact == 1 for one in firm.principles.values())
    assert all(abs(one.value or 0) < 0.6 for one in found)
    assert len(found) == 7
    assert "b:k, asked again, gives the same rating in" in text(report, "watch")
    assert "a:j, asked again, gives the same rating in 100%" in text(report, "fine")


def test_one_impression_in_seven_columns_is_called_so(tmp_path: Path) -> None:
    """Every principle gets the same rating."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=20)
    rate(run, {"a:j": lambda r, p, place, repeat: quality(r, "all")})
    report = judge_report(run)

    assert report.judges[0].halo == pytest.approx(1)
    assert "correlate at 1.00" in text(report, "watch")


def test_a_taste_for_length_is_measured_within_speeches(tmp_path: Path) -> None:
    """Twice as long, two points more."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=10)
    lengthened = [
        one.model_copy(update={"text": "x" * (200 if one.model == "fake:a" else 100)})
        for one in journal.read(run.responses, Response)
    ]
    journal.replace(run.responses, lengthened)
    rate(run, {"a:j": lambda r, p, place, repeat: 4 if len(r.text) == 200 else 2})
    report = judge_report(run)
    effect = report.judges[0].length

    assert effect is not None
    assert (effect.longer_wins, effect.points_per_doubling, effect.pairs) == (1, 2, 10)
    assert "the longer of two responses" in text(report, "watch")


def test_self_preference_is_what_goes_beyond_what_others_see(tmp_path: Path) -> None:
    """Both judges like the answers of fake:a; fake:a likes them two points more."""
    run = make_run(tmp_path, "{panel: ['fake:a', 'x:k']}", speeches=10)
    rate(
        run,
        {
            "fake:a": lambda r, p, place, repeat: 5 if r.model == "fake:a" else 2,
            "x:k": lambda r, p, place, repeat: 3 if r.model == "fake:a" else 2,
        },
    )
    report = judge_report(run)
    own, other = (one.self_preference for one in report.judges)

    assert own is not None
    assert (own.own, own.advantage, own.others_advantage, own.excess) == (10, 3, 1, 2)
    assert other is None
    assert "exclude_self" in text(report, "watch")


def test_the_place_of_a_principle_is_told_from_the_principle(tmp_path: Path) -> None:
    """A judge that tires: 4 in the first places, 3 in the last, whatever is asked."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=60)
    rate(run, {"a:j": lambda r, p, place, repeat: 4 if place < 3 else 3})
    report = judge_report(run)
    effect = report.judges[0].places

    assert effect is not None
    assert effect.reach == pytest.approx(1, abs=0.2)
    assert "the place at which a principle is asked" in text(report, "watch")
    run = make_run(tmp_path, "{model: 'a:j', order: fixed}", speeches=4)
    rate(run, {"a:j": lambda r, p, place, repeat: 3})
    assert judge_report(run).judges[0].places is None


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("timeout", "a:j: no answer", "timeout"),
        ("unreadable_reply", "the judge refused to rate this response", "refused"),
        ("unreadable_reply", "the reply was cut off at 9 tokens (judge.sampling)", "cut off"),
        (
            "unreadable_reply",
            "the JSON object is broken or cut off at character 9: x",
            "broken JSO",
        ),
        ("unreadable_reply", "the reply holds 2 JSON objects; it has", "several JSON objects"),
        ("unreadable_reply", "safety: Field required", "a principle missing"),
        ("unreadable_reply", "safety.rating: Input should be less", "no integer from 1 to 5"),
    ],
)
def test_failures_are_sorted_by_what_was_wrong(kind: str, message: str, expected: str) -> None:
    """A judge that refuses calls for something else than one that writes bad JSON."""
    assert shape(kind, message).startswith(expected)


def test_calls_that_failed_and_were_answered_later_are_no_gap(tmp_path: Path) -> None:
    """Only what is still missing may bias the data."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=10)
    rate(run, {"a:j": lambda r, p, place, repeat: quality(r, p)})
    answered = json.loads(run.judgments.read_text().splitlines()[0])["id"]
    journal.replace(
        run.failures,
        [
            Failure(
                id=one, stage="judge", subject="r", model="a:j", kind="unreadable_reply",
                message="the judge refused to rate this response", attempts=2, at=AT,
            )
            for one in (answered, "f" * 32)
        ],
    )  # fmt: skip
    report = judge_report(run)

    assert report.judges[0].failures == {"refused": 1}
    assert report.judges[0].mended == 1
    assert "1 calls (4.8%) are without an answer: refused 1" in text(report, "watch")


def test_the_cost_of_a_judge_is_never_guessed(tmp_path: Path) -> None:
    """Priced by run.yaml, by the table, not at all, free, and priced without counted tokens."""
    judges = ("a:j", "openai:gpt-4o", "b:k", "vllm:v", "c:l")
    run = make_run(tmp_path, f"{{panel: {list(judges)}}}", speeches=2)
    with (tmp_path / "run.yaml").open("a") as file:
        file.write("prices: {'a:j': {input: 2, output: 10}, 'c:l': {input: 1, output: 1}}\n")
    run = Run(tmp_path)
    rate(run, dict.fromkeys(judges, lambda r, p, place, repeat: 3))
    used = Usage(input_tokens=1000, output_tokens=100, cached_tokens=800)
    made = list(journal.read(run.judgments, Judgment))
    # Half of them were not counted, which makes the others no cheaper.
    counted = {one.id for one in made if one.judge != "c:l"} - {one.id for one in made[:2]}
    journal.replace(
        run.judgments,
        (one.model_copy(update={"usage": used} if one.id in counted else {}) for one in made),
    )
    found = {one.judge: one.spending for one in judge_report(run).judges}

    assert [found[one].usd for one in judges] == [3.0, 2.5, None, 0.0, None]
    assert [found[one].priced for one in judges] == [True, True, False, True, True]
    assert (found["a:j"].input_tokens, found["a:j"].output_tokens) == (1_000_000, 100_000)
    assert (found["c:l"].input_tokens, found["c:l"].usd) == (None, None)


def compare(run: Run, choose: Callable[[Response, Response], Preferred]) -> None:
    """Write both orders of every speech's two responses."""
    by_speech: dict[str, list[Response]] = {}
    for one in journal.read(run.responses, Response):
        by_speech.setdefault(one.speech_id, []).append(one)
    shown = [order for pair in by_speech.values() for order in (pair, pair[::-1])]
    journal.replace(
        run.comparisons,
        [
            Comparison(
                id=f"{number:032x}", speech_id=first.speech_id, first=first.id, second=second.id,
                judge="a:j", rubric="judge_pairwise@1", preferred=choose(first, second),
                rationale="r", messages_hash="0" * 32, sampling=Sampling(), at=AT,
            )
            for number, (first, second) in enumerate(shown)
        ],
    )  # fmt: skip


def test_a_judge_that_takes_the_first_has_no_opinion(tmp_path: Path) -> None:
    """All ties, and half a win to everybody."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=10)
    rate(run, {"a:j": lambda r, p, place, repeat: quality(r, p)})
    compare(run, lambda first, second: "first")
    report = judge_report(run)
    duel = report.duels[0]

    assert (duel.pairs, duel.consistent, duel.first, duel.ties, duel.agrees) == (10, 0, 1, 1, None)
    assert duel.win_rates == {"a": 0.5, "b": 0.5}
    assert "shown first in 100%" in text(report, "watch")


def test_a_judge_with_an_opinion_is_held_against_the_ratings(tmp_path: Path) -> None:
    """It prefers fake:a throughout, and so do the ratings."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=10)
    rate(run, {"a:j": lambda r, p, place, repeat: 4 if r.model == "fake:a" else 2})
    compare(run, lambda first, second: "first" if first.model == "fake:a" else "second")
    duel = judge_report(run).duels[0]

    assert (duel.consistent, duel.first, duel.ties) == (1, 0.5, 0)
    assert (duel.agrees, duel.compared) == (1, 10)
    assert duel.win_rates == {"a": 1, "b": 0}
    assert duel.met == {"a": 10, "b": 10}


def test_judgments_of_an_earlier_rubric_are_counted_and_left_out(tmp_path: Path) -> None:
    """And a run that has nothing else says what to do."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=2)
    rate(run, {"a:j": lambda r, p, place, repeat: 3})
    current = list(journal.read(run.judgments, Judgment))
    old = [one.model_copy(update={"rubric": "judge@0"}) for one in current]
    journal.replace(run.judgments, [*old, *current])

    assert judge_report(run).left_out == {"earlier_rubric": 4}
    journal.replace(run.judgments, old)
    with pytest.raises(RunError, match="present rubric"):
        judge_report(run)


async def test_a_panel_of_random_models_is_seen_through(tmp_path: Path) -> None:
    """Three llama.cpp servers whose weights know nothing, asked over HTTP with a schema."""
    make_short_rubric(tmp_path)
    prompt = tmp_path / "prompts" / "judge.md.j2"
    prompt.write_text(prompt.read_text() + "{% block reply %}ratings{% endblock %}")
    with ExitStack() as stack:
        urls = [
            stack.enter_context(serve(make_gguf(tmp_path / f"{seed}.gguf", seed), parallel=2))
            for seed in (1, 2, 3)
        ]
        services = ("llama-server", "vllm", "ollama")
        reached = ", ".join(
            f"{name}: {{base_url: '{url}', concurrency: 2}}"
            for name, url in zip(services, urls, strict=True)
        )
        panel = ", ".join(f"'{name}:m{number}'" for number, name in enumerate(services))
        run = make_run(
            tmp_path, f"{{panel: [{panel}], order: fixed}}", speeches=12, models=("f:a",),
            backends=f"{{{reached}}}",
        )  # fmt: skip
        meter = await ask_judges(run)
    report = judge_report(run)

    assert (meter.done, meter.failed) == (36, 0)
    assert report.panel is not None
    assert abs(report.panel.mean_alpha.value or 1) < 0.4
    assert "no better than chance" in text(report, "worry")


def test_the_command_says_it_in_words_tables_and_json(tmp_path: Path) -> None:
    """Sentences and tables for people on stderr, one object for scripts on stdout."""
    run = make_run(tmp_path, "{panel: ['a:j', 'b:k'], repeats: 2}", speeches=10)
    rate(run, {one: lambda r, p, place, repeat, one=one: chance(one, repeat, r.id, p)
               for one in ("a:j", "b:k")})  # fmt: skip
    compare(run, lambda first, second: "tie")
    code = "from psychocounsel_data.cli import main; main()"
    shown, printed = (
        subprocess.run(
            [sys.executable, "-c", code, "judge-report", "--run", str(tmp_path), *flags],
            capture_output=True, text=True, check=True, timeout=60,
        )
        for flags in ((), ("--json",))
    )  # fmt: skip

    assert "!! The judges' agreement above chance is" in shown.stderr
    assert "to review: 20 responses" in shown.stderr
    assert "and 10 more, in --json" in shown.stderr
    assert "no price is known for a:j, b:k: add it under `prices:` in run.yaml" in shown.stderr
    assert "no tokens were counted by the servers of a:j, b:k" in shown.stderr
    assert JudgeReport.model_validate_json(printed.stdout).panel is not None


def test_orders_differ_between_repeats_of_one_response() -> None:
    """So that retest agreement includes what the order does."""
    assert drawn_order("r", 0, count=14, seed=0) != drawn_order("r", 1, count=14, seed=0)
