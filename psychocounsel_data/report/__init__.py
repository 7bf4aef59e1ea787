"""report.html: one file that shows a data set to a person, and opens without a network.

    tables.py      the tables of dataset/, scanned and not held
    funnel.py      from source rows to pairs: how many are left at each step, and why
    scores.py      ratings, lengths and twos of answers, counted by polars
    strength.py    how models compare: Bradley-Terry, with intervals over speeches; pure
    figures.py     a figure for each of these, with the numbers behind it
    pairs.py       every pair for the browser in the page, packed in blocks
    page.py        all of it in one file

Nothing here decides anything about the data; `build-pairs` has done that.
"""

from psychocounsel_data.report.page import ReportSummary, write

__all__ = ["ReportSummary", "write"]
