"""dataset/croissant.json: what is in a data set and how it was made, for programs that read neither
our card nor our code.

JSON-LD by Croissant 1.0 (MLCommons, 2024) and its vocabulary for responsible AI, RAI 1.0. The Hub
makes a Croissant of its own from every card; that one knows columns only. `files` says which files
and columns there are, `responsible` how the data came about and what to beware of, in the card's
own words (`words`), and `keeping` holds it true of a folder.
"""

from psychocounsel_data.dataset.croissant.keeping import CROISSANT, lacking, refreshed, untrue
from psychocounsel_data.dataset.croissant.writing import render

__all__ = ["CROISSANT", "lacking", "refreshed", "render", "untrue"]
