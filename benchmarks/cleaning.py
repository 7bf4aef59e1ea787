"""Time and memory of `pcdata load` on invented speeches, whole and step by step.

    python benchmarks/cleaning.py

Makes a csv of 100,000 invented speeches: a tenth are copies of others, a tenth nearly so, a tenth
are HTML, and a benchmark of 1,000 questions is kept out. Loads it with every step of the chain on,
and beside it, as a floor, reads the same file and writes the same lines without looking at them.
Then runs each step alone, over what the one before it left of 10,000 of them. Prints; asserts
nothing.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import yaml

from psychocounsel_data import journal
from psychocounsel_data.cleaning import Chain, Unfit, chain, text_steps
from psychocounsel_data.cleaning.duplicates import Duplicates
from psychocounsel_data.config import CleanConfig
from psychocounsel_data.loading import load
from psychocounsel_data.neighbours import Neighbours
from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.run import Run
from psychocounsel_data.sources import local
from psychocounsel_data.sources.columns import Row

QUESTIONS = 1_000
STEP_SAMPLE = 10_000
CLEAN = {
    "unglue": True,
    "min_words": 5,
    "language": "flag",
    "decontaminate_against": [{"path": "questions.csv"}],
    "near_duplicates": "group",
}

NO_SCREENING = {"privacy": {"pii": "off"}, "risk": {"flag": False}}
"""These have a benchmark of their own, `screening.py`."""


class Cost(NamedTuple):
    """What some work took."""

    seconds: float
    cpu_s: float
    """Of the processor: what a busy machine does not change much."""
    peak_mib: float


def make_files(folder: Path, speeches: int, seed: int = 0) -> None:
    """Write speeches.csv, questions.csv and run.yaml."""
    draw = random.Random(seed)
    letters = "etaoinshrdlcumwfgypbvk"
    vocabulary = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(20_000)]
    common = "i my the and to a of that was he she it me not for with have when but so".split()

    def sentence() -> str:
        words = [draw.choice(common if draw.random() < 0.5 else vocabulary) for _ in range(14)]
        return " ".join(words).capitalize() + "."

    with (folder / "speeches.csv").open("w", newline="") as file:
        write = csv.writer(file).writerow
        write(["text"])
        earlier: list[str] = []
        for _ in range(speeches):
            kind = draw.random()
            if earlier and kind < 0.1:
                text = draw.choice(earlier)
            elif earlier and kind < 0.2:
                words = draw.choice(earlier).split()
                words[draw.randrange(len(words))] = draw.choice(vocabulary)
                text = " ".join(words)
            else:
                text = " ".join(sentence() for _ in range(draw.randint(3, 10)))
                earlier.append(text)
            if kind > 0.9:
                text = f"<p class='x'>{text.replace('. ', '.</p><p>')}<o:p>&nbsp;</o:p></p>"
            write([text])
    with (folder / "questions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text"], *([sentence() * 5] for _ in range(QUESTIONS))])
    config = {"sources": [{"path": "speeches.csv"}], "clean": CLEAN, **NO_SCREENING}
    (folder / "run.yaml").write_text(yaml.safe_dump(config))


def load_all(folder: Path) -> str:
    """The whole of `pcdata load`."""
    summary = load(Run(folder))
    dropped = ", ".join(f"{count:,} {why}" for why, count in summary.sources[0].dropped.items())
    grouped = summary.steps[-1].changed
    return f"{summary.kept:,} kept, of them {grouped:,} in groups; {dropped}"


def copy_all(folder: Path) -> str:
    """Read every row, and write a line for it."""
    lines = journal.replace(
        folder / "copy.jsonl",
        map(as_speech, local.rows(folder / "speeches.csv")),
    )
    return f"{lines:,} rows"


def as_speech(row: Row) -> ClientSpeech:
    """A row as it is."""
    text = str(row.columns["text"])
    return ClientSpeech(id=f"s-{row.number}", source="s", row=row.number, text=text)


def by_step(folder: Path) -> list[tuple[str, float, int]]:
    """Each step's name, seconds of the processor, and how many texts it was given."""
    config = CleanConfig.model_validate(CLEAN)
    rows = islice(local.rows(folder / "speeches.csv"), STEP_SAMPLE)
    texts = [str(row.columns["text"]) for row in rows]
    figures: list[tuple[str, float, int]] = []
    for step in text_steps(config):
        began = time.process_time()
        texts = [step.apply(text) for text in texts]
        figures.append((step.name, time.process_time() - began, len(texts)))
    speeches: Sequence[ClientSpeech] = [
        ClientSpeech(id=f"s-{row}", source="s", row=row, text=text)
        for row, text in enumerate(texts)
    ]
    clean = Chain(text_steps(config), ()).text
    questions = (
        (f"row {row.number}", clean(str(row.columns["text"])))
        for row in local.rows(folder / "questions.csv")
    )
    for step in chain(config, Duplicates(config.duplicates), questions).steps:
        began = time.process_time()
        outcomes = [step(speech) for speech in speeches]
        figures.append((step.name, time.process_time() - began, len(speeches)))
        speeches = [one for one in outcomes if not isinstance(one, Unfit)]
    began = time.process_time()
    with Neighbours(config, folder) as neighbours:
        for speech in speeches:
            neighbours.add(speech)
        neighbours.settle()
    figures.append(("near_duplicates", time.process_time() - began, len(speeches)))
    return figures


def measured(work: Callable[[Path], str], folder: Path) -> tuple[str, Cost]:
    """What the work says of itself, and its cost in this process."""
    began = time.perf_counter()
    said = work(folder)
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return said, Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def alone(work: Callable[[Path], str], folder: Path) -> tuple[str, Cost]:
    """The same in a fresh process, so that nothing else counts towards its memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (work, folder))


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speeches", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_files(folder, options.speeches)
        copied, floor = alone(copy_all, folder)
        said, cost = alone(load_all, folder)
        figures = by_step(folder)
    print(f"{options.speeches:,} speeches")
    print("         time      cpu    memory")
    for name, one, what in (("copy", floor, copied), ("load", cost, said)):
        print(f"{name}  {one.seconds:5.1f} s  {one.cpu_s:5.1f} s  {one.peak_mib:4.0f} MiB  {what}")
    print(f"ratio  {cost.cpu_s / floor.cpu_s:.1f} (cpu)")
    for name, seconds, texts in figures:
        print(f"  {name:22}{seconds:6.1f} s  {texts / max(seconds, 1e-9):10,.0f} texts/s")


if __name__ == "__main__":
    main()
