"""Invented texts with what is in them marked by hand, and how well the rules find it.

`python benchmarks/screening.py` prints it; the tests hold it to what docs say.
"""
