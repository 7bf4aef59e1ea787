"""How often keywords agree with the tags that people put on their own questions.

    python benchmarks/topics.py 20200325_counsel_chat.csv

Reads counsel-chat's file of March 2020, which is not in this repository (`pcdata sources
counsel-chat` says where it lives). A tag is compared where it has an obvious place among the coarse
topics; the table below is ours. Tags are the askers' own and often one of several that fit.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import polars as pl

from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.topics.keywords import label

PLACES = {
    "mood": "depression anxiety anger-management stress",
    "crisis_loss": "trauma grief-and-loss domestic-violence military-issues",
    "couple": "relationships intimacy relationship-dissolution marriage human-sexuality",
    "family": "family-conflict parenting children-adolescents",
    "social": "social-relationships",
    "self": "self-esteem lgbtq spirituality",
    "health": "sleep-improvement eating-disorders substance-abuse addiction",
    "life": "workplace-relationships legal-regulatory professional-ethics counseling-fundamentals "
    "diagnosis",
}
COARSE = {tag: coarse for coarse, tags in PLACES.items() for tag in tags.split()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    table = pl.read_csv(parser.parse_args().table)
    rows = table.unique(["questionTitle", "questionText"], keep="first", maintain_order=True)
    met: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    for number, (title, text, tag) in enumerate(
        rows.select("questionTitle", "questionText", "topic").iter_rows()
    ):
        if tag in COARSE:
            words = f"{title or ''}\n\n{text or ''}"
            speech = ClientSpeech(id=f"c-{number}", source="c", row=number, text=words)
            met[tag] += 1
            agreed[tag] += label(speech).coarse == COARSE[tag]
    for tag, count in met.most_common():
        print(f"{tag:26} {COARSE[tag]:12} {agreed[tag]:>4} of {count:>4}")
    print(f"all: {agreed.total()} of {met.total()} ({agreed.total() / met.total():.0%})")


if __name__ == "__main__":
    main()
