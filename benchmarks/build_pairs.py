"""How long `pcdata build-pairs` takes on a data set of the published size, and how much memory.

    python benchmarks/build_pairs.py [--speeches 26483] [--per-speech 4]

Makes a run folder of invented words in a temporary place, builds dataset/ from it in a process of
its own, and sets beside it the floor: reading the same three journals with orjson and doing
nothing with them.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from psychocounsel_data import journal
from psychocounsel_data.aggregation import Panel, Seat
from psychocounsel_data.building import Recipe, build
from psychocounsel_data.records import ClientSpeech, Judgment, Record, Response, Sampling, Usage
from psychocounsel_data.resources import load_rubric
from psychocounsel_data.run import Run

MODELS = tuple(f"vllm:invented/model-{number:02}" for number in range(20))
JUDGE, RUBRIC = "openai:invented-judge", "judge@000000000000"
SPEECH_CHARS, RESPONSE_CHARS, RATIONALE_CHARS = 500, 1_500, 200
AT = "2025-01-01T00:00:00Z"


class Cost(NamedTuple):
    """What a function took in a process of its own."""

    seconds: float
    peak_mib: float


class Words:
    """Text without meaning, of the length wanted and with the repetitions of language."""

    def __init__(self) -> None:
        self.draw = random.Random(0)
        words = [
            "".join(self.draw.choices("etaoinshrdlu", k=length % 9 + 2)) for length in range(6000)
        ]
        self._text = " ".join(self.draw.choices(words, k=400_000))

    def text(self, chars: int) -> str:
        """Some words, about this long."""
        length = int(chars * self.draw.uniform(0.6, 1.4))
        start = self.draw.randrange(len(self._text) - length)
        return self._text[start : start + length].strip()


def make_run(folder: Path, speeches: int, per_speech: int) -> None:
    """A run folder with every response judged."""
    (folder / "run.yaml").write_text("sources: [{path: speeches.csv, name: invented}]\n", "utf-8")
    words, principles = Words(), load_rubric(folder).ids
    with (
        (folder / "speeches.jsonl").open("wb") as speech_file,
        (folder / "responses.jsonl").open("wb") as response_file,
        (folder / "judgments.jsonl").open("wb") as judgment_file,
    ):
        for row in range(speeches):
            text = words.text(SPEECH_CHARS)
            speech = ClientSpeech(id=f"invented-{row}", source="invented", row=row, text=text)
            speech_file.write(journal.dump(speech))
            for response, judgment in _answers(speech, words, per_speech, principles):
                response_file.write(journal.dump(response))
                judgment_file.write(journal.dump(judgment))


def _answers(
    speech: ClientSpeech, words: Words, per_speech: int, principles: tuple[str, ...]
) -> Iterator[tuple[Record, Record]]:
    for model in words.draw.sample(MODELS, per_speech):
        id_ = hashlib.md5(f"{speech.id} {model}".encode()).hexdigest()
        level = words.draw.choice((2, 3, 3, 4, 4, 4))
        near = [max(1, level - 1), level, min(5, level + 1)]
        yield (
            Response(
                id=id_,
                speech_id=speech.id,
                model=model,
                name=model.rpartition("/")[2],
                text=words.text(RESPONSE_CHARS),
                finish="stop",
                prompt="counselor@000000000000",
                messages_hash=id_,
                sampling=Sampling(temperature=1.0),
                usage=Usage(input_tokens=900, output_tokens=350),
                at=AT,
            ),
            Judgment(
                id=id_[::-1],
                response_id=id_,
                speech_id=speech.id,
                judge=JUDGE,
                rubric=RUBRIC,
                ratings={one: words.draw.choice(near) for one in principles},
                rationales={one: words.text(RATIONALE_CHARS) for one in principles},
                messages_hash=id_,
                sampling=Sampling(temperature=0.0),
                usage=Usage(input_tokens=4000, output_tokens=500),
                at=AT,
            ),
        )


def build_all(folder: Path) -> str:
    """Build dataset/."""
    run = Run(folder)
    recipe = Recipe(
        panel=Panel((Seat(JUDGE, 1),), "mean", None, False),
        rubric=RUBRIC,
        pairs=run.config.pairs,
        principles=load_rubric(folder).principles,
    )
    summary = build(run, recipe)
    written = sum(file.stat().st_size for file in run.dataset.rglob("*.parquet"))
    return (
        f"{summary.train.pairs:,} train and {summary.test.pairs:,} test pairs, "
        f"{written / 2**20:.0f} MiB of parquet"
    )


def read_all(folder: Path) -> str:
    """Parse every line of the three journals."""
    run = Run(folder)
    size = 0
    for path in (run.speeches, run.responses, run.judgments):
        size += path.stat().st_size
        with path.open("rb") as file:
            for line in file:
                orjson.loads(line)
    return f"{size / 2**20:.0f} MiB of JSON lines"


def measured(work: Callable[[Path], str], folder: Path) -> tuple[str, Cost]:
    """What the work says of itself, and its cost in this process."""
    began = time.perf_counter()
    said = work(folder)
    seconds = time.perf_counter() - began
    return said, Cost(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def alone(work: Callable[[Path], str], folder: Path) -> tuple[str, Cost]:
    """The same in a fresh process, so that nothing else counts towards its memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (work, folder))


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speeches", type=int, default=26_483)
    parser.add_argument("--per-speech", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_run(folder, options.speeches, options.per_speech)
        read, floor = alone(read_all, folder)
        made, cost = alone(build_all, folder)
    print(f"{options.speeches:,} speeches, {options.per_speech} responses to each")
    print(f"read   {floor.seconds:6.2f} s  {floor.peak_mib:6.0f} MiB  {read}")
    print(f"build  {cost.seconds:6.2f} s  {cost.peak_mib:6.0f} MiB  {made}")
    print(f"ratio  {cost.seconds / floor.seconds:6.1f}")


if __name__ == "__main__":
    main()
