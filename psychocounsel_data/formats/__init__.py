"""A built data set in the layouts that trainers and people read: one line a layout in `LAYOUTS`.

    rows.py      the pairs of dataset/ as they are read back
    layouts.py   a pair as a row of each layout; pure
    writing.py   a whole export: one file a split, all or nothing

The texts are those of dataset/'s `preference` table, word for word: nothing is cut, merged or put
through a chat template, which is the trainer's business.
"""

from psychocounsel_data.formats.layouts import LAYOUTS, Layout
from psychocounsel_data.formats.writing import ExportSummary, export

__all__ = ["LAYOUTS", "ExportSummary", "Layout", "export"]
