"""How well the rules find what they look for in the invented texts of tests/labelled; how fast.

    python benchmarks/screening.py

The texts were written by the same people as the rules: real texts are harder. Speed is a ratio
against a floor in the same run, reading the words of the same texts with one regular expression.
"""

import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from psychocounsel_data.privacy.scrubbing import find
from psychocounsel_data.privacy.spans import KINDS
from psychocounsel_data.risk.flagging import flags
from tests.labelled import measuring

_WORD = re.compile(r"\w+")


def main() -> None:
    """Print it all."""
    show("may point to a person (rules)", measuring.privacy())
    show("signs of danger", measuring.risk())
    right, found = measuring.tiers()
    print(f"tier right in {right} of {found} crises found\n")
    labelled = measuring.topics()
    print(
        f"topics by keywords: fine {labelled.fine}, coarse {labelled.coarse}, unclear "
        f"{labelled.unclear} of {labelled.speeches} speeches\n"
    )
    speed()


def show(title: str, scores: Mapping[str, measuring.Score]) -> None:
    print(f"{title:32}  right wrong missed  precision recall")
    for kind, one in scores.items():
        figures = f"{one.right:5} {one.wrong:5} {one.missed:6}"
        print(f"  {kind:30}  {figures}  {one.precision:9.2f} {one.recall:6.2f}")
    print()


def speed() -> None:
    texts = [one.text for one in measuring.marked()]
    speeches = [" ".join(texts[at : at + 5]) for at in range(len(texts) - 5)] * 20
    floor = seconds(lambda text: _WORD.findall(text), speeches)
    print(f"{len(speeches):,} texts of {sum(map(len, speeches)) // len(speeches)} characters")
    for name, work in (("privacy", lambda text: find(text, kinds=KINDS)), ("risk", flags)):
        took = seconds(work, speeches)
        rate = len(speeches) / took
        print(f"  {name}: {rate:,.0f} texts/s, {took / floor:.0f} times reading the words")


def seconds(work: Callable[[str], object], texts: list[str]) -> float:
    work(texts[0])
    started = time.perf_counter()
    for text in texts:
        work(text)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
