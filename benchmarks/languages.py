"""What the gate for other languages finds in a table of texts, and how long it takes.

    python benchmarks/languages.py answers.csv --column answerText [--language en]

Every text is an answer to a speech in that language. Reads csv, jsonl and parquet; prints counts,
and with --show the row numbers of what was found, so that a person can look there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import polars as pl

from psychocounsel_data.checks.languages import elsewhere, language


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--column", required=True)
    parser.add_argument("--language", default="en")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    read = {".csv": pl.read_csv, ".jsonl": pl.read_ndjson, ".parquet": pl.read_parquet}
    texts = read[options.table.suffix](options.table)[options.column].cast(pl.String).drop_nulls()
    language(pl.Series(["una palabra y otra palabra y muchas muy raras"]))  # loads the model
    start = time.process_time()
    found = elsewhere(texts, pl.Series([options.language] * len(texts)))
    each = (time.process_time() - start) / max(len(texts), 1) * 1e6
    print(f"{found.sum():,} of {len(texts):,} in another language; {each:.0f} µs each")
    if options.show:
        print(", ".join(map(str, found.arg_true())))


if __name__ == "__main__":
    main()
