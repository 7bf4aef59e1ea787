"""A small run whose responses are to be rated: invented speeches and answers, and the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from psychocounsel_data import journal
from psychocounsel_data.backends import connect
from psychocounsel_data.calls.engine import ask
from psychocounsel_data.calls.meter import Meter
from psychocounsel_data.calls.plan import Plan
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.judging import rating
from psychocounsel_data.records import ClientSpeech, Response, Sampling
from psychocounsel_data.run import Run

SEVEN = ("empathy", "relevance", "clarity", "safety", "exploration", "autonomy", "staging")
TROUBLES = (
    "I lie awake until four and then sleep through every alarm my sister sets for me",
    "Since the shop closed I have not told my wife how much we owe, and the letters keep coming",
    "My son will not speak to me and I do not know what I did",
    "I keep checking the stove, sometimes thirty times before I can leave the house",
    "At work everyone laughs with the new manager and goes quiet when I come in",
)
ANSWERS = (
    "It sounds lonely to carry that. What is the hardest hour of the day for you?",
    "You should make a list and stick to it.",
    "That is nothing. Others have real problems.",
    "You have borne a lot, and you are asking for help, which takes courage. When was it easier?",
)


def make_run(
    folder: Path,
    judge: str,
    *,
    speeches: int = 2,
    models: Sequence[str] = ("fake:a", "fake:b"),
    backends: str = "{}",
) -> Run:
    """A run folder in which every speech has an answer by every model.

    Args:
        judge: the `judge:` section as YAML.
    """
    (folder / "run.yaml").write_text(
        f"sources: [{{path: none.csv}}]\nbackends: {backends}\njudge: {judge}\n"
    )
    made = [_speech(number) for number in range(speeches)]
    journal.replace(folder / "speeches.jsonl", made)
    journal.replace(
        folder / "responses.jsonl",
        (
            _response(speech, model, number, place)
            for number, speech in enumerate(made)
            for place, model in enumerate(models)
        ),
    )
    return Run(folder)


def _speech(number: int) -> ClientSpeech:
    text = f"{TROUBLES[number % len(TROUBLES)]}. It has been {number + 2} weeks now."
    return ClientSpeech(id=f"s-{number}", source="s", row=number, text=text)


def _response(speech: ClientSpeech, model: str, number: int, place: int) -> Response:
    return Response(
        id=f"{number:016x}{place:016x}",
        speech_id=speech.id,
        model=model,
        name=model.partition(":")[2],
        text=f"{ANSWERS[(number + place) % len(ANSWERS)]} ({model}, {number})",
        finish="stop",
        prompt="counselor@1",
        messages_hash="0" * 32,
        sampling=Sampling(),
        at="2026-01-01T00:00:00.000Z",
    )


def settings(run: Run, plan: Plan) -> dict[str, BackendConfig]:
    """How each model of a plan is reached, from run.yaml."""
    known = run.config.backends
    return {model: known.get(model.partition(":")[0], BackendConfig()) for model in plan.lanes}


async def ask_judges(run: Run) -> Meter:
    """Ask for every rating that is left."""
    with contextlib.closing(rating.plan(run, run.config.judge)) as plan:
        return await ask_plan(run, plan, run.judgments)


async def ask_plan(run: Run, plan: Plan, answers: Path) -> Meter:
    """Ask a whole plan."""
    reached = settings(run, plan)
    with journal.Writer(answers) as kept, journal.Writer(run.failures) as failed:
        return await ask(
            plan,
            connect=lambda model: connect(model, {model.partition(":")[0]: reached[model]}),
            settings=reached,
            answers=kept,
            failures=failed,
            watch=lambda meter: contextlib.nullcontext(),
        )


def make_short_rubric(folder: Path, ids: Sequence[str] = SEVEN) -> None:
    """Principles of a line each and a prompt to match: a model that knows nothing reads faster."""
    (folder / "principles").mkdir()
    for place, one in enumerate(ids):
        (folder / "principles" / f"{one}.yaml").write_text(
            f"id: {one}\norder: {place}\nname: {one.title()}\nquestion: How much {one}?\n"
            f"definition: The amount of {one}.\nwhy: It matters.\nsources: [Invented for tests.]\n"
            "anchors: {1: none, 2: little, 3: some, 4: much, 5: all}\n"
        )
    (folder / "prompts").mkdir()
    (folder / "prompts" / "judge.md.j2").write_text(
        "{% block system %}Rate the answer.\n"
        "{% for one in principles %}{{ one.id }}: {{ one.question }} {{ one.definition }}\n"
        "{% for point, anchor in one.anchors | dictsort %}{{ point }} {{ anchor }}, {% endfor %}\n"
        "{% endfor %}{{ schema }}{% endblock %}"
        "{% block user %}{{ speech | material }}\n\n{{ response | material }}{% endblock %}"
    )
