"""How long `pcdata build-pairs` takes on a data set of the published size, and how much memory.

    python benchmarks/build_pairs.py [--speeches 26483] [--per-speech 4]

Makes a run folder of invented words in a temporary place, builds dataset/ from it in a process of
its own, with the gates that are on by default, and sets beside it two floors: what polars needs to
read the three journals, every field of them, and what Arrow needs to write the tables that the
build made once more. About 1.4 pairs a speech come out of it, as many as were published. Processor
time is printed beside the time on the clock: on a shared machine it is the one to compare.
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow.parquet as pq

from psychocounsel_data import journal
from psychocounsel_data.dataset.building import Recipe, build
from psychocounsel_data.dataset.parquet import Table
from psychocounsel_data.judging.aggregation import Panel, Seat
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
    processor_s: float
    """User and system time of all its threads."""
    peak_mib: float


class Words:
    """Text without meaning, of the length wanted, with the repetitions and the small words of
    English: what has none of these is asked of a model of languages, as no English data set is."""

    def __init__(self) -> None:
        self.draw = random.Random(0)
        words = [
            "".join(self.draw.choices("etaoinshrdlu", k=length % 9 + 2)) for length in range(6000)
        ]
        small = "the and you your of that it with are have this for be can is my but what I".split()
        self._text = " ".join(self.draw.choices([*words, *small * 135], k=400_000))

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
        level = words.draw.choice((3, 3, 4, 4, 4, 4))
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


STRING, INTEGER, FLOAT = pl.String(), pl.Int64(), pl.Float64()


def schemas(principles: tuple[str, ...]) -> dict[str, dict[str, pl.DataType]]:
    """The fields that the three journals hold, as polars reads them."""
    usage = pl.Struct({"input_tokens": INTEGER, "output_tokens": INTEGER})
    sampling = pl.Struct({"temperature": FLOAT, "max_tokens": INTEGER, "extra": pl.Struct({})})
    sent: dict[str, pl.DataType] = {
        "messages_hash": STRING,
        "sampling": sampling,
        "usage": usage,
        "attempts": INTEGER,
        "at": STRING,
    }
    words = dict.fromkeys(("id", "speech_id", "model", "name", "text", "finish", "prompt"), STRING)
    rated = dict.fromkeys(("id", "response_id", "speech_id", "judge", "rubric"), STRING)
    return {
        "speeches.jsonl": {"id": STRING, "source": STRING, "row": INTEGER, "text": STRING},
        "responses.jsonl": {**words, "sample": INTEGER, **sent},
        "judgments.jsonl": {
            **rated,
            "ratings": pl.Struct(dict.fromkeys(principles, INTEGER)),
            "rationales": pl.Struct(dict.fromkeys(principles, STRING)),
            **sent,
        },
    }


def read_all(folder: Path) -> str:
    """Read every line of the three journals with polars, a batch at a time."""
    size, rows = 0, 0
    for name, schema in schemas(load_rubric(folder).ids).items():
        size += (folder / name).stat().st_size
        lines = pl.scan_ndjson(folder / name, schema=schema)
        rows += sum(batch.height for batch in lines.collect_batches(engine="streaming"))
    return f"{size / 2**20:.0f} MiB, {rows:,} lines"


def write_again(folder: Path) -> str:
    """Read the built tables and write them once more with the same settings."""
    rows = 0
    for path in sorted((folder / "dataset").rglob("*.parquet")):
        source = pq.ParquetFile(path)
        with ThreadPoolExecutor(1) as pool, Table(folder / "again.parquet", pool) as table:
            for batch in source.iter_batches(10_000):
                table.append(batch)
                rows += batch.num_rows
    return f"{rows:,} rows"


def measured(work: Callable[[Path], str], folder: Path) -> tuple[str, Cost]:
    """What the work says of itself, and its cost in this process."""
    began = time.perf_counter(), time.process_time()
    said = work(folder)
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return said, Cost(seconds, processor, peak)


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
        found = {
            name: alone(work, folder)
            for name, work in (("read", read_all), ("build", build_all), ("write", write_again))
        }
    print(f"{options.speeches:,} speeches, {options.per_speech} responses to each")
    for name, (said, cost) in found.items():
        print(
            f"{name:5}  {cost.seconds:7.2f} s  processor {cost.processor_s:7.2f} s  "
            f"{cost.peak_mib:6.0f} MiB  {said}"
        )
    read, build, write = (found[name][1].processor_s for name in ("read", "build", "write"))
    print(f"build : read          {build / read:5.1f}  (processor time)")
    print(f"build : read + write  {build / (read + write):5.1f}")


if __name__ == "__main__":
    main()
