"""Expected scores: read at the right token, from the probabilities that mean ratings."""

from __future__ import annotations

import contextlib
import json
from math import log
from pathlib import Path

import pytest

from psychocounsel_data import journal
from psychocounsel_data.calls.plan import Answer
from psychocounsel_data.exchange import Token
from psychocounsel_data.judging import rating
from psychocounsel_data.judging.expected import expected_scores
from psychocounsel_data.records import Judgment, Usage
from psychocounsel_data.resources import load_rubric
from psychocounsel_data.rubric import Rubric
from psychocounsel_data.wire.openai_chat import Service, chat_body, read_completion
from tests.rated_run import SEVEN, ask_judges, make_run, make_short_rubric
from tests.tiny_llama import make_gguf, serve

SERVICE = Service("any", "http://127.0.0.1:9/v1")
RUBRIC = Rubric(load_rubric(Path()).principles[:2])
REPLY = {
    "empathy": {"rationale": 'A "rating": 1 \u2026 {"rating": 2}', "rating": 4},
    "relevance": {"rationale": "Fine.", "rating": 2},
}
FOURS = {"4": log(0.6), "5": log(0.3), "3": log(0.1)}
TWOS = {" 2": log(0.5), " 1": log(0.25), "1": log(0.05), " 20": log(0.1), ' "': log(0.1)}


def tokens(text: str, **alternatives: dict[str, float]) -> list[Token]:
    """One token a character, but for those at the two ratings; multi-byte ones in pieces."""
    places = RUBRIC.places(text)
    by_place = {places[one]: given for one, given in alternatives.items()}
    made = [Token(b"<think>4</think>", {})]
    for at, sign in enumerate(text):
        data = sign.encode()
        if at in by_place:
            made.append(Token(data, by_place[at]))
        else:
            made += [Token(data[n : n + 1], {}) for n in range(len(data))]
    return made


def test_a_rating_is_found_behind_everything_that_looks_like_one() -> None:
    """A reason may quote the form, and be in any script."""
    for text in (json.dumps(REPLY), json.dumps(REPLY, indent=2, ensure_ascii=False)):
        places = RUBRIC.places(f"Mine:\n{text}")

        assert [f"Mine:\n{text}"[place] for place in places.values()] == ["4", "2"]


def test_the_mean_is_weighted_by_the_judges_own_probabilities() -> None:
    """0.6 x 4 + 0.3 x 5 + 0.1 x 3; of the others only what is a rating by itself."""
    text = json.dumps(REPLY, ensure_ascii=False)
    found = expected_scores(text, RUBRIC.places(text), tokens(text, empathy=FOURS, relevance=TWOS))

    assert found == {"empathy": 4.2, "relevance": round((2 * 0.5 + 0.3) / 0.8, 4)}


def test_a_token_may_hold_more_than_the_rating() -> None:
    """Tokenisers join signs; the alternatives then share what stands before."""
    text = '{"empathy": 4, "relevance": 2}'
    alone = Rubric(RUBRIC.principles, reasons=False)
    made = [
        Token(b'{"empathy', {}),
        Token(b'": 4,', {'": 4,': log(0.5), '": 5,': log(0.5), "4": log(0.9), '": 44': log(0.9)}),
        Token(b' "relevance":', {}),
        Token(b" 2", {" 2": log(0.75), "3": log(0.25)}),
        Token(b"}", {}),
    ]

    assert expected_scores(text, alone.places(text), made) == {"empathy": 4.5, "relevance": 2.25}


def test_what_cannot_be_told_is_left_out() -> None:
    """Too little probability on ratings, or tokens of some other text."""
    text = json.dumps(REPLY)
    faint = tokens(text, empathy={"4": log(0.3), "{": log(0.7)}, relevance=TWOS)

    assert set(expected_scores(text, RUBRIC.places(text), faint)) == {"relevance"}
    assert expected_scores(text, RUBRIC.places(text), faint[:-9]) == {}


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": [{}]}])
def test_a_body_without_probabilities_has_none(logprobs: object) -> None:
    """Most services leave them out, each in its own way."""
    body = {"choices": [{"message": {"content": "x"}, "logprobs": logprobs}]}

    assert all(token.alternatives == {} for token in read_completion(body).tokens)


def body(text: str, alternatives: list[dict[str, float]]) -> dict[str, object]:
    """A chat completion, one token a character; the alternatives go to its ratings in turn."""
    left = iter(alternatives)
    content = [
        {"token": sign, "logprob": -0.1, "bytes": list(sign.encode()), "top_logprobs": [
            {"token": one, "logprob": log(share), "bytes": None}
            for one, share in (next(left) if sign.isdigit() else {}).items()
        ]}
        for sign in text
    ]  # fmt: skip
    choice = {
        "message": {"content": text},
        "finish_reason": "stop",
        "logprobs": {"content": content},
    }
    return {"choices": [choice]}


def test_a_judgment_keeps_them_beside_the_ratings(tmp_path: Path) -> None:
    """From the body that a service sends to the line in the journal."""
    run = make_run(tmp_path, "{model: 'a:j', expected_scores: true}", speeches=1, models=("f:a",))
    with contextlib.closing(rating.plan(run, run.config.judge)) as plan:
        call = plan.call("a:j", next(iter(plan.lanes["a:j"])))
        order = call.schema.json_schema["required"] if call.schema else []
        text = json.dumps({one: {"rationale": "So.", "rating": 4} for one in order})
        shares = [{"4": 0.5, "5": 0.5 - 0.05 * n, "x": 0.05 * n} for n in range(1, 8)]
        reply = read_completion(body(text, shares))
        kept = plan.record(call, Answer(reply, Usage(), 1, 0.1, "2026-01-01T00:00:00.000Z"))

    assert call.request().top_logprobs == 20
    assert set(kept.ratings.values()) == {4}
    assert kept.expected is not None
    assert set(kept.expected) == set(SEVEN)
    assert kept.expected[order[0]] > kept.expected[order[6]] > 4


def test_they_are_asked_for_only_where_they_are_wanted(tmp_path: Path) -> None:
    """A service that knows no log-probabilities may refuse the question."""
    ids = []
    for wanted in ("true", "false"):
        run = make_run(tmp_path, f"{{model: 'a:j', expected_scores: {wanted}}}", speeches=1)
        with contextlib.closing(rating.plan(run, run.config.judge)) as plan:
            call = plan.call("a:j", next(iter(plan.lanes["a:j"])))
        sent = chat_body(call.request(), "json_schema", service=SERVICE)
        ids.append(call.id)

        assert ("logprobs" in sent, "top_logprobs" in sent) == (wanted == "true",) * 2

    assert ids[0] == ids[1]


async def test_probabilities_from_before_a_grammar_are_no_scores(tmp_path: Path) -> None:
    """llama.cpp gives those; a model that would rather not write a number has no expected one."""
    make_short_rubric(tmp_path)
    with serve(make_gguf(tmp_path / "judge.gguf"), parallel=2) as url:
        run = make_run(
            tmp_path, "{model: 'llama-server:m', expected_scores: true}", speeches=1,
            backends=f"{{llama-server: {{base_url: '{url}', concurrency: 2}}}}",
        )  # fmt: skip
        meter = await ask_judges(run)
    kept = list(journal.read(run.judgments, Judgment))

    assert (meter.done, meter.failed) == (2, 0)
    assert [one.expected for one in kept] == [None, None]
