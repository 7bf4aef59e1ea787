"""From responses to judgments: what judges are asked, and what several of their ratings come to.

candidates     which responses may be rated
ordering       in which order principles are asked
questionnaire  the prompts of a run, one for each order or principle
rating         plan: responses -> calls; a reply -> Judgment
expected       the score that a judge's own probabilities give
aggregation    several ratings of one response -> one
disagreement   responses on which judges lie too far apart, for people to decide
pairwise       what a judge prefers of two responses, from both orders
comparing      plan: two responses -> calls; a reply -> Comparison
texts          speeches and responses, read back one at a time
"""
