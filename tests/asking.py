"""A small run to be asked: invented speeches, models of a server of ours, and the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from psychocounsel_data import generation, journal
from psychocounsel_data.backends import connect
from psychocounsel_data.calls.budget import Budget
from psychocounsel_data.calls.engine import ask
from psychocounsel_data.calls.holding import withhold
from psychocounsel_data.calls.log import Log, no_log
from psychocounsel_data.calls.meter import Meter
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.run import Run


def make_run(folder: Path, count: int, models: Sequence[str], backends: str = "{}") -> Run:
    """A run folder in which every speech is to be answered by every model."""
    pool = ", ".join(f"'{model}'" for model in models)
    folder.mkdir(exist_ok=True)
    (folder / "run.yaml").write_text(
        f"sources: [{{path: none.csv}}]\nbackends: {backends}\n"
        f"generate: {{models: [{pool}], per_speech: {len(models)}}}\n"
    )
    texts = (
        f"Number {number}: nothing I do seems to help. ".ljust(120, "x") for number in range(count)
    )
    journal.replace(
        folder / "speeches.jsonl",
        (
            ClientSpeech(id=f"s-{number}", source="s", row=number, text=text)
            for number, text in enumerate(texts)
        ),
    )
    return Run(folder)


async def ask_all(
    run: Run,
    settings: BackendConfig | None = None,
    *,
    budget: Budget | None = None,
    log: Log = no_log,
) -> Meter:
    """Ask everything that is left to generate, every model reached in the same way."""
    reached: Mapping[str, BackendConfig] = dict.fromkeys(
        [one.model for one in run.config.generate.models], settings or BackendConfig()
    )
    with (
        journal.Writer(run.responses) as answers,
        journal.Writer(run.failures) as failures,
        contextlib.closing(generation.plan(run, run.config.generate)) as plan,
    ):
        withhold(plan, run.failures)
        return await ask(
            plan,
            connect=lambda model: connect(model, {model.partition(":")[0]: reached[model]}),
            settings=reached,
            answers=answers,
            failures=failures,
            watch=lambda meter: contextlib.nullcontext(),
            budget=budget,
            log=log,
        )
