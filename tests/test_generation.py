"""Which models answer which speech, and what counts as answered."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.calls.call import Identity
from psychocounsel_data.config import GenerateConfig, ModelConfig
from psychocounsel_data.generation import candidates, drawn, plan
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import ClientSpeech, ExistingAnswer, Sampling
from psychocounsel_data.run import Run

POOL = [ModelConfig(model=f"fake:m{number}") for number in range(20)]
SOURCE = "{% block system %}Be kind.{% endblock %}{% block user %}{{ speech }}{% endblock %}"
IDS = st.text(min_size=1, max_size=20)


@given(IDS, st.integers(1, 20), st.integers(0, 5))
def test_so_many_different_models_are_drawn_in_the_order_of_the_pool(
    speech_id: str, count: int, seed: int
) -> None:
    """And the same ones again."""
    models = drawn(speech_id, POOL, count, seed)

    assert len({one.model for one in models}) == count
    assert models == [one for one in POOL if one in models]
    assert models == drawn(speech_id, POOL, count, seed)


@given(IDS, st.integers(1, 19))
def test_a_model_added_to_the_pool_takes_the_place_of_at_most_one_other(
    speech_id: str, count: int
) -> None:
    """So that a larger pool leaves the answers that were paid for in use."""
    before = {one.model for one in drawn(speech_id, POOL[:-1], count, 0)}
    after = {one.model for one in drawn(speech_id, POOL, count, 0)}

    assert len(before - after) <= 1
    assert after - before <= {POOL[-1].model}


def test_models_are_drawn_evenly() -> None:
    """4 of 20 over 5,000 speeches: each about 1,000 times."""
    counts = dict.fromkeys([one.model for one in POOL], 0)
    for number in range(5000):
        for one in drawn(f"s-{number}", POOL, 4, 0):
            counts[one.model] += 1

    assert all(880 < count < 1120 for count in counts.values())


def speech(*answers: str) -> ClientSpeech:
    existing = tuple(ExistingAnswer(name="human", row=0, text=text) for text in answers)
    return ClientSpeech(id="s-0", source="s", row=0, text="x" * 120, answers=existing)


def test_every_existing_answer_is_a_candidate_of_its_own() -> None:
    """Several counsellors answered one question; none of them is dropped."""
    config = GenerateConfig(models=(ModelConfig(model="column:human"),))
    found = list(candidates(speech("one", "two"), config))

    assert [one.sample for one in found] == [0, 1]


def test_a_column_without_an_answer_leaves_its_place_to_another_model() -> None:
    """A speech that nobody answered still gets `per_speech` candidates."""
    models = (ModelConfig(model="column:human"), *POOL[:2])
    config = GenerateConfig(models=models, per_speech=2)
    found = list(candidates(speech(), config))

    assert [one.model.model for one in found] == ["fake:m0", "fake:m1"]


def identity(model: str = "a:b", source: str = SOURCE, **sampling: object) -> Identity:
    return Identity(model, Prompt("p", source, {}), Sampling.model_validate(sampling))


def test_an_id_changes_with_everything_that_is_sent_and_with_nothing_else() -> None:
    """Model, words, parameters and sample; not the order of keys, not the run folder."""
    base = identity().of("text")
    others = {
        identity("a:c").of("text"),
        identity(source=SOURCE.replace("kind", "calm")).of("text"),
        identity(temperature=0.5).of("text"),
        identity(extra={"top_k": 3}).of("text"),
        identity().of("other"),
        identity().of("text", sample=1),
        identity().of("text", ""),
    }

    assert identity().of("text") == base
    assert len(others | {base}) == 8


def run_with(tmp_path: Path, count: int, models: str) -> Run:
    (tmp_path / "run.yaml").write_text(
        f"sources: [{{path: a.csv}}]\ngenerate: {{models: [{models}], per_speech: 2}}\n"
    )
    texts = (f"{number} ".ljust(120, "x") for number in range(count))
    journal.replace(
        tmp_path / "speeches.jsonl",
        (
            ClientSpeech(id=f"s-{number}", source="s", row=number, text=text)
            for number, text in enumerate(texts)
        ),
    )
    return Run(tmp_path)


def test_a_limit_takes_whole_speeches_from_the_beginning(tmp_path: Path) -> None:
    """`--limit 4` is a small run that can be paired, not four answers of one model."""
    run = run_with(tmp_path, 10, "'fake:a', 'fake:b'")
    lanes = plan(run, run.config.generate, limit=4).lanes

    assert {model: len(lane) for model, lane in lanes.items()} == {"fake:a": 2, "fake:b": 2}


def test_a_plan_asks_nothing_that_is_answered_and_the_rest_in_order(tmp_path: Path) -> None:
    """Resume, dry run and the first run are the same plan."""
    run = run_with(tmp_path, 3, "'fake:a', 'fake:b'")
    first = plan(run, run.config.generate)
    ticket = next(iter(first.lanes["fake:a"]))
    call = first.call("fake:a", ticket)
    (tmp_path / "responses.jsonl").write_text(f'{{"id":"{call.id}"}}\n')
    second = plan(run, run.config.generate)
    subjects = [second.call("fake:a", one).subject for one in second.lanes["fake:a"]]
    first.close()
    second.close()

    assert (first.done, second.done) == (0, 1)
    assert len(second.lanes["fake:a"]) == 2
    assert subjects == ["s-1", "s-2"]


def test_the_same_words_are_asked_about_once_and_the_rest_is_counted(tmp_path: Path) -> None:
    """With `duplicates: off` two speeches may be one question; its answer has one speech."""
    (tmp_path / "run.yaml").write_text(
        "sources: [{path: a.csv}]\nclean: {duplicates: off}\ngenerate: {models: ['fake:m0']}\n"
    )
    run = Run(tmp_path)
    texts = ("x" * 120, "y" * 120, "x" * 120)
    journal.replace(
        run.speeches,
        (
            ClientSpeech(id=f"s-{row}", source="s", row=row, text=text)
            for row, text in enumerate(texts)
        ),
    )
    planned = plan(run, run.config.generate)
    planned.close()

    assert [len(lane) for lane in planned.lanes.values()] == [2]
    assert planned.left_out == {"same_words": 1}
