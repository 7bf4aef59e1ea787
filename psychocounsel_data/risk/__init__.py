"""Signs of danger in what clients write, and what follows from them. Flags, not verdicts.

`policy` says what becomes of a flagged speech and of the pairs made for it. Nothing here decides
anything about a person, and a speech without a flag is not a safe one.
"""
