"""Who rates what, how often and in which order; and what is kept of a reply."""

import contextlib
import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.calls.call import Call, Identity
from psychocounsel_data.calls.plan import Answer
from psychocounsel_data.errors import ConfigError, UnreadableReplyError
from psychocounsel_data.exchange import Reply
from psychocounsel_data.judging import rating
from psychocounsel_data.judging.ordering import balanced_orders, drawn_order
from psychocounsel_data.judging.questionnaire import Questionnaire
from psychocounsel_data.judging.rating import JudgingPlan
from psychocounsel_data.pricing.ledger import read_ledger
from psychocounsel_data.records import ClientSpeech, Judgment, Response, Usage
from psychocounsel_data.resources import judge_prompt, load_rubric
from psychocounsel_data.run import Run
from tests.rated_run import SEVEN, ask_judges, ask_plan, make_run, make_short_rubric

names = st.lists(st.text("abcdefgh", min_size=1), min_size=1, max_size=9, unique=True)


@given(names, st.integers(0, 9))
def test_every_principle_stands_in_every_place_equally_often(ids: list[str], seed: int) -> None:
    """Else the place would be taken for the principle."""
    orders = balanced_orders(ids, seed)
    places = Counter((place, one) for order in orders for place, one in enumerate(order))

    assert all(sorted(order) == sorted(ids) for order in orders)
    assert len(set(places.values())) == 1
    assert len(places) == len(ids) ** 2


@given(names, st.integers(0, 9))
def test_every_principle_follows_every_other_equally_often(ids: list[str], seed: int) -> None:
    """A rating leans on the one that was given just before it."""
    followers = Counter(
        pair for order in balanced_orders(ids, seed) for pair in itertools.pairwise(order)
    )

    assert len(set(followers.values())) <= 1
    assert len(followers) == len(ids) * (len(ids) - 1)


def test_orders_come_from_the_seed_and_are_few() -> None:
    """Each is a beginning of its own in a provider's prompt cache."""
    assert balanced_orders(SEVEN, 0) == balanced_orders(SEVEN[::-1], 0)
    assert balanced_orders(SEVEN, 0) != balanced_orders(SEVEN, 1)
    assert len(set(balanced_orders(SEVEN, 0))) == 14
    assert len(set(balanced_orders(SEVEN[:6], 0))) == 6


def test_responses_are_spread_evenly_over_the_orders_and_repeats_take_others() -> None:
    """1,400 responses, 14 orders: about 100 each."""
    drawn = Counter(drawn_order(f"r-{n}", 0, count=14, seed=0) for n in range(1400))

    assert len(drawn) == 14
    assert all(60 < count < 140 for count in drawn.values())
    assert len({drawn_order("r", repeat, count=14, seed=0) for repeat in range(5)}) == 5


def calls_of(plan: JudgingPlan) -> list[Call]:
    return [plan.call(model, one) for model, lane in plan.lanes.items() for one in lane]


def planned(run: Run, limit: int | None = None) -> list[Call]:
    with contextlib.closing(rating.plan(run, run.config.judge, limit=limit)) as plan:
        return calls_of(plan)


def test_a_single_judge_in_the_rubrics_order_is_asked_as_ever(tmp_path: Path) -> None:
    """The ids that judgments were filed under before there were panels are still found."""
    run = make_run(tmp_path, "{model: 'a:j', order: fixed}")
    config = run.config.judge
    prompt = judge_prompt(tmp_path, "judge", load_rubric(tmp_path))
    speeches = {one.id: one.text for one in journal.read(run.speeches, ClientSpeech)}
    expected = [
        Identity("a:j", prompt, config.sampling).of(speeches[one.speech_id], one.text).hex()
        for one in journal.read(run.responses, Response)
    ]

    assert [call.id for call in planned(run)] == expected
    assert {call.prompt.label for call in planned(run)} == {prompt.label}


@pytest.mark.parametrize(
    ("judge", "calls"),
    [
        ("{panel: ['a:j', 'b:k']}", 8),
        ("{panel: [{model: 'a:j', repeats: 3}, 'b:k'], repeats: 2}", 20),
        ("{model: 'a:j', repeats: 2, per_principle: true}", 56),
        ("{panel: ['a:j', 'fake:a'], exclude_self: true}", 6),
        ("{model: 'fake:a', exclude_self: true, order: fixed}", 2),
    ],
)
def test_every_judge_rates_every_response_in_every_repeat(
    tmp_path: Path, judge: str, calls: int
) -> None:
    """Four responses; no two calls share an id, and a second plan makes the same."""
    run = make_run(tmp_path, judge)
    first, second = planned(run), planned(run)

    assert len(first) == calls == len({call.id for call in first})
    assert [call.id for call in first] == [call.id for call in second]


def test_schema_prompt_and_id_follow_the_order(tmp_path: Path) -> None:
    """The judge writes the ratings in the order in which it read the principles."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=10)
    orders = set()
    for call in planned(run):
        assert call.schema is not None
        order = tuple(call.schema.json_schema["required"])
        system = call.prompt.messages(call.inputs)[0].content
        shown = sorted(order, key=lambda one: system.index(f"Key: `{one}`"))
        orders.add(order)
        assert list(order) == shown

    assert len(orders) > 5
    assert len({call.prompt.version for call in planned(run)}) == len(orders)


def test_calls_that_share_their_words_follow_one_another(tmp_path: Path) -> None:
    """A local server keeps the beginning of the last few prompts only."""
    run = make_run(tmp_path, "{model: 'a:j'}", speeches=40)
    versions = [call.prompt.version for call in planned(run)]
    changes = sum(first != second for first, second in itertools.pairwise(versions))

    assert changes == len(set(versions)) - 1


def test_a_limit_takes_responses_from_the_beginning_with_all_their_judges(tmp_path: Path) -> None:
    """A small run has to be one that can be built."""
    run = make_run(tmp_path, "{panel: ['a:j', 'b:k'], repeats: 2}")
    subjects = Counter(call.subject for call in planned(run, limit=8))

    assert list(subjects.values()) == [4, 4]
    assert min(subjects) == f"{0:016x}{0:016x}"


def test_a_seeded_judge_does_not_repeat_itself(tmp_path: Path) -> None:
    """With one seed for all repeats the server would give back the same words."""
    run = make_run(tmp_path, "{model: 'a:j', repeats: 3, sampling: {seed: 7}}", speeches=1)

    assert sorted({call.sampling.seed or 0 for call in planned(run)}) == [7, 8, 9]


def test_the_label_of_the_rubric_is_one_for_all_orders_and_another_for_single_questions(
    tmp_path: Path,
) -> None:
    """Ratings given side by side are not mixed with ratings given one by one."""
    labels = {
        text: Questionnaire(tmp_path, make_run(tmp_path, text).config.judge).label
        for text in ("{order: fixed}", "{order: permuted, seed: 3}", "{per_principle: true}")
    }

    assert labels["{order: fixed}"] == labels["{order: permuted, seed: 3}"]
    assert labels["{per_principle: true}"].startswith("judge@")
    assert len(set(labels.values())) == 2


def reply(call: Call, **changes: int) -> Answer:
    assert call.schema is not None
    ratings = {
        one: {"rationale": f"Because of {one}.", "rating": changes.get(one, 3)}
        for one in call.schema.json_schema["required"]
    }
    return Answer(Reply(json.dumps(ratings), "stop"), Usage(), 1, 0.1, "2026-01-01T00:00:00.000Z")


def test_a_judgment_says_how_it_was_asked(tmp_path: Path) -> None:
    """Ratings in the rubric's order, whatever the order they were given in."""
    run = make_run(tmp_path, "{model: 'a:j', repeats: 2}", speeches=1)
    with contextlib.closing(rating.plan(run, run.config.judge)) as plan:
        call = next(call for call in calls_of(plan) if call.sample == 1)
        kept = plan.record(call, reply(call, safety=5))

    assert call.schema is not None
    assert (kept.repeat, kept.judge) == (1, "a:j")
    assert kept.order == tuple(call.schema.json_schema["required"]) != SEVEN
    assert tuple(kept.ratings) == SEVEN == tuple(kept.rationales)
    assert kept.ratings["safety"] == 5
    assert kept.rubric == Questionnaire(run.folder, run.config.judge).label


def test_a_principle_asked_by_itself_is_a_judgment_of_its_own(tmp_path: Path) -> None:
    """And any other principle in the reply is not what was asked."""
    run = make_run(tmp_path, "{model: 'a:j', per_principle: true}", speeches=1)
    with contextlib.closing(rating.plan(run, run.config.judge)) as plan:
        calls = calls_of(plan)
        kept = [plan.record(call, reply(call)) for call in calls]
        with pytest.raises(UnreadableReplyError, match="Field required"):
            plan.record(calls[0], reply(calls[-1]))

    assert [one.order for one in kept[::2]] == [(one,) for one in SEVEN]
    assert all(tuple(one.ratings) == one.order for one in kept)


async def test_a_panel_is_asked_and_the_second_run_asks_nothing(tmp_path: Path) -> None:
    """One offline judge; principles one by one, twice."""
    run = make_run(tmp_path, "{model: 'offline:rubric', repeats: 2, per_principle: true}")
    meter = await ask_judges(run)
    kept = list(journal.read(run.judgments, Judgment))

    assert (meter.done, meter.failed) == (56, 0)
    assert Counter(one.order for one in kept) == {(one,): 8 for one in SEVEN}
    assert Counter(one.repeat for one in kept) == {0: 28, 1: 28}
    assert planned(run) == []


def with_words(run: Run, *texts: str) -> None:
    """The run's responses with these words, in their order."""
    responses = journal.read(run.responses, Response)
    changed = [
        one.model_copy(update={"text": text}) for one, text in zip(responses, texts, strict=True)
    ]
    journal.replace(run.responses, changed)


async def ask_and_share(run: Run) -> tuple[int, int]:
    """How many calls were answered, and how many judgments copied, as `pcdata judge` does it."""
    with contextlib.closing(rating.plan(run, run.config.judge)) as plan:
        meter = await ask_plan(run, plan, run.judgments)
        return meter.done, rating.share(run, plan.owed)


async def test_the_same_words_are_asked_about_once_and_every_response_has_its_judgment(
    tmp_path: Path,
) -> None:
    """Two models that answer alike. What asking took is counted once."""
    run = make_run(tmp_path, "{model: 'offline:rubric', order: fixed}", speeches=1)
    with_words(run, "That sounds hard.", "That sounds hard.")
    first = await ask_and_share(run)
    again = await ask_and_share(run)
    one, other = journal.read(run.judgments, Judgment)
    ledger = read_ledger("judge", run.judgments, run.failures)

    assert (first, again) == ((1, 1), (0, 0))
    assert one.response_id != other.response_id == f"{0:016x}{1:016x}"
    assert (one.id, one.ratings, one.response_id) == (other.id, other.ratings, other.copied_from)
    assert ledger.bill("offline:rubric", None).unknown == 1


async def test_a_response_is_not_taken_for_judged_because_another_with_its_words_was(
    tmp_path: Path,
) -> None:
    """A later model says what an earlier one had said: nothing is asked, nothing left out."""
    run = make_run(tmp_path, "{model: 'offline:rubric', order: fixed}", speeches=1, models=("f:a",))
    with_words(run, "That sounds hard.")
    asked = await ask_and_share(run)
    (early,) = journal.read(run.responses, Response)
    late = early.model_copy(update={"id": "a" * 32, "model": "f:b", "name": "b"})
    journal.replace(run.responses, [early, late])
    copied = await ask_and_share(run)

    assert (asked, copied) == ((1, 0), (0, 1))
    assert {one.response_id for one in journal.read(run.judgments, Judgment)} == {early.id, late.id}


def test_a_mistake_in_the_prompt_shows_before_anything_is_asked(tmp_path: Path) -> None:
    """In every order of the principles."""
    make_short_rubric(tmp_path)
    (tmp_path / "prompts" / "judge.md.j2").write_text(
        "{% block system %}{% endblock %}{% block user %}{{ speach }}{% endblock %}"
    )
    run = make_run(tmp_path, "{model: 'a:j'}")

    with pytest.raises(ConfigError, match="'speach' is undefined"):
        rating.plan(run, run.config.judge)


async def test_an_offline_judge_gives_ratings_alone_where_the_prompt_wants_them(
    tmp_path: Path,
) -> None:
    """Judgments then hold no reasons."""
    make_short_rubric(tmp_path)
    prompt = tmp_path / "prompts" / "judge.md.j2"
    prompt.write_text(prompt.read_text() + "{% block reply %}ratings{% endblock %}")
    run = make_run(tmp_path, "{model: 'offline:rubric'}")
    meter = await ask_judges(run)
    kept = list(journal.read(run.judgments, Judgment))

    assert (meter.done, meter.failed) == (4, 0)
    assert all(tuple(one.ratings) == SEVEN and one.rationales == {} for one in kept)
