"""What speeches are about: the taxonomy, labels by keywords and by a model, coverage, balance."""

import contextlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.backends import connect
from psychocounsel_data.balancing import Candidate, drawn, quotas
from psychocounsel_data.calls.engine import ask
from psychocounsel_data.calls.meter import Meter
from psychocounsel_data.calls.plan import Plan
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import RunError, UnreadableReplyError
from psychocounsel_data.participation import Participation, selection
from psychocounsel_data.records import ClientSpeech, Failure, RiskOpinion, TopicLabel
from psychocounsel_data.risk import asking as risk_asking
from psychocounsel_data.risk.asking import Finding
from psychocounsel_data.run import Run
from psychocounsel_data.topics import asking as topic_asking
from psychocounsel_data.topics.keywords import label
from psychocounsel_data.topics.labels import coverage, label_by_keywords, standing_labels
from psychocounsel_data.topics.plot import write
from psychocounsel_data.topics.taxonomy import taxonomy
from tests.flagged_run import run_with
from tests.labelled import measuring
from tests.llm_server import Asked, LLMServer

GRIEF = "My father died in May and I still dial his number."
DEBT = "I owe the bank eleven thousand and I do not open the letters."
NOTHING = "Hm, well, it is what it is."


def test_there_are_8_coarse_and_42_fine_topics_with_names_of_their_own() -> None:
    """The paper's number; every topic can be found by something."""
    fine = taxonomy().fine

    assert (len(taxonomy().coarse), len(fine)) == (8, 42)
    assert len({topic.id for topic in fine} | {one.id for one in taxonomy().coarse}) == 50
    assert all(topic.telling and topic.words for topic in fine)


def test_keywords_label_the_invented_speeches_as_docs_say() -> None:
    """Written by the same people as the keywords, so it is no measure of real texts."""
    scored = measuring.topics()

    assert (scored.speeches, scored.fine, scored.coarse, scored.unclear) == (84, 83, 83, 0)


def test_what_says_nothing_is_unclear() -> None:
    """Never a default topic."""
    found = label(ClientSpeech(id="s-0", source="s", row=0, text=NOTHING))

    assert (found.coarse, found.fine, found.also) == ("unclear", "unclear", ())


def test_labels_are_written_once_and_again_only_for_new_speeches(tmp_path: Path) -> None:
    """A second run changes no byte."""
    run = run_with(tmp_path, GRIEF, DEBT)
    first = label_by_keywords(run)
    before = run.topics.read_bytes()
    again = label_by_keywords(run)
    run_with(tmp_path, GRIEF, DEBT, NOTHING)

    assert (first, again, label_by_keywords(run)) == (2, 0, 1)
    assert run.topics.read_bytes().startswith(before)
    assert [one.fine for one in journal.read(run.topics, TopicLabel)] == [
        "grief",
        "money",
        "unclear",
    ]


def test_coverage_counts_by_topic_and_source_and_what_has_no_label(tmp_path: Path) -> None:
    """Every speech is in exactly one place."""
    run = run_with(tmp_path, GRIEF, DEBT, NOTHING)
    label_by_keywords(run, limit=2)
    found = coverage(run, run.config.topics)

    assert (found.labelled, found.unlabelled) == (2, 1)
    assert found.coarse["crisis_loss"] == {"s": 1}
    assert found.fine["money"] == {"s": 1}
    assert list(found.coarse)[-1] == "unclear"


def test_the_picture_needs_no_network(tmp_path: Path) -> None:
    """The whole library is in the page."""
    run = run_with(tmp_path, GRIEF)
    label_by_keywords(run)
    write(coverage(run, run.config.topics), tmp_path / "topics.html")
    page = (tmp_path / "topics.html").read_text()

    assert "Grief and bereavement" in page
    assert 'src="http' not in page


async def answered(run: Run, plan: Plan, path: Path, reply: Callable[[Asked], str]) -> Meter:
    """Ask a plan of a server of ours that answers so."""
    with (
        LLMServer(reply=reply) as server,
        journal.Writer(path) as answers,
        journal.Writer(run.failures) as failures,
        contextlib.closing(plan),
    ):
        settings = {"openai:m": BackendConfig(base_url=server.openai_url)}
        return await ask(
            plan,
            connect=lambda model: connect(model, {"openai": settings[model]}),
            settings=settings,
            answers=answers,
            failures=failures,
            watch=lambda meter: contextlib.nullcontext(),
        )


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")


async def test_a_model_labels_through_the_engine_with_its_reason_first(
    tmp_path: Path, key: None
) -> None:
    """And its label counts where run.yaml names it, beside those of another method."""
    run = run_with(tmp_path, GRIEF, topics={"model": "openai:m"})
    label_by_keywords(run)
    reply = {"rationale": "A loss.", "topic": "loneliness", "also": ["grief", "loneliness"]}
    plan = topic_asking.plan(run, run.config.topics)
    meter = await answered(run, plan, run.topics, lambda asked: json.dumps(reply))
    newest = standing_labels(run, run.config.topics)["s-0"]
    by_keywords = run.config.topics.model_copy(update={"model": "keywords"})

    assert meter.lanes["openai:m"].done == 1
    assert (newest.coarse, newest.fine, newest.also) == ("mood", "loneliness", ("grief",))
    assert newest.method.startswith("openai:m topic@")
    assert standing_labels(run, by_keywords)["s-0"].fine == "grief"
    assert topic_asking.plan(run, run.config.topics).done == 1


async def test_a_topic_that_there_is_not_is_asked_for_again_and_then_a_failure(
    tmp_path: Path, key: None
) -> None:
    """Never a label that is near it."""
    run = run_with(tmp_path, GRIEF, topics={"model": "openai:m"})
    reply = json.dumps({"rationale": "A loss.", "topic": "sorrow", "also": []})
    plan = topic_asking.plan(run, run.config.topics)
    await answered(run, plan, run.topics, lambda asked: reply)
    (failure,) = journal.read(run.failures, Failure)

    assert (failure.stage, failure.kind, failure.attempts) == ("topics", "unreadable_reply", 2)
    assert list(journal.read(run.topics, TopicLabel)) == []


async def test_a_second_opinion_adds_flags_with_their_places(tmp_path: Path, key: None) -> None:
    """They count like those of the rules: what was kept is now held."""
    text = "I look at the river on my way home. It is where it would be quiet for good."
    sections = {"second_opinion": {"model": "openai:m"}, "crisis": "hold"}
    run = run_with(tmp_path, text, risk=sections)
    finding = {
        "reason": "Hints at drowning.",
        "quote": "It is where it would be  quiet for good",
        "kind": "crisis ideation",
    }
    (speech,) = journal.read(run.speeches, ClientSpeech)
    before = Participation(run).of(speech)
    second = run.config.risk.second_opinion
    assert second is not None
    plan = risk_asking.plan(run, second)
    reply = json.dumps({"findings": [finding]})
    await answered(run, plan, run.opinions, lambda asked: reply)
    (flag,) = Participation(run).flags(speech)
    (opinion,) = journal.read(run.opinions, RiskOpinion)

    assert before.reason is None
    assert Participation(run).of(speech).reason == "held_for_review"
    assert text[flag.start : flag.end] == "It is where it would be quiet for good"
    assert (flag.tier, flag.rule) == ("ideation", "second-opinion openai:m")
    assert opinion.reasons == ("Hints at drowning.",)


def test_a_quote_that_is_not_in_the_speech_is_no_finding() -> None:
    """The place says which, and repeats nothing."""
    found = Finding(reason="r", quote="words that nobody said", kind="abuse")

    with pytest.raises(UnreadableReplyError, match=r"findings\.0\.quote is not in the speech"):
        list(risk_asking.flags(GRIEF, [found], "openai:m"))


SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30), min_size=1)


@given(SIZES, st.integers(0, 120))
def test_quotas_are_even_as_far_as_there_is_enough(sizes: dict[str, int], n: int) -> None:
    """They sum up to n or to all there are; whoever gives less than another gives all it has."""
    given_ = quotas(sizes, n)
    largest = max(given_.values())

    assert sum(given_.values()) == min(n, sum(sizes.values()))
    assert all(0 <= given_[name] <= sizes[name] for name in sizes)
    assert all(given_[name] == sizes[name] or given_[name] >= largest - 1 for name in sizes)


@given(SIZES, st.integers(0, 60), st.integers(0, 3), st.randoms())
def test_a_larger_set_keeps_what_a_smaller_one_has(
    sizes: dict[str, int], n: int, seed: int, random: object
) -> None:
    """And the order in which speeches come does not matter."""
    candidates = [
        Candidate(f"{name}-{row}", name) for name, size in sizes.items() for row in range(size)
    ]
    chosen = drawn(candidates, n, seed)
    random.shuffle(candidates)  # type: ignore[attr-defined]

    assert drawn(candidates, n, seed) == chosen
    assert chosen <= drawn(candidates, n + 1, seed)
    assert len(chosen) == min(n, len(candidates))


def test_balance_draws_a_set_and_the_others_stay_and_are_counted(tmp_path: Path) -> None:
    """Six of one kind and two of the other; four are wanted."""
    texts = [f"{GRIEF} That was {year}." for year in range(2001, 2007)]
    texts += [f"{DEBT} It is {count}." for count in (1, 2)]
    run = run_with(tmp_path, *texts, balance={"n": 4, "by": "topic"})
    with pytest.raises(RunError, match="pcdata topics"):
        Participation(run).of(next(iter(journal.read(run.speeches, ClientSpeech))))
    label_by_keywords(run)
    participation = Participation(run)
    reasons = Counter(
        participation.of(speech).reason for speech in journal.read(run.speeches, ClientSpeech)
    )
    assert run.config.balance is not None
    strata = selection(run, run.config.balance)

    assert reasons == {None: 4, "not_selected": 4}
    assert [tuple(one) for one in strata] == [("crisis_loss", 6, 2), ("life", 2, 2)]
