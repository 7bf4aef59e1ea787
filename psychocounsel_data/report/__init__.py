"""report.html: one file that shows a data set to a person, and opens without a network.

    tables.py      the tables of dataset/, scanned and not held
    funnel.py      from source rows to pairs: how many are left at each step, and why
    scores.py      ratings, lengths and twos of answers, counted by polars
    section.py     what stands under one heading, and how every picture looks
    figures.py     a section for each of these, with the numbers behind it
    gates.py       what the rules for pairs kept out
    speeches.py    topics and signs of danger by source
    experts.py     how far experts agree with the judge
    spending.py    what asking has cost
    pairs.py       every pair for the browser in the page, packed in blocks
    page.py        all of it in one file

Nothing here decides anything about the data; `build-pairs` has done that.
"""

from psychocounsel_data.report.page import ReportSummary, write

__all__ = ["ReportSummary", "write"]
