"""What asking costs: known prices, what was spent, what a plan is going to cost.

    prices.yaml   the prices, with their dates and sources
    table         the price of a model: run.yaml's own, else the shipped one, else unknown
    cost          tokens times prices; pure
    ledger        the tokens that a run folder's journals have on record
    tokens        how many tokens a request has, measured or estimated
    estimate      what a plan is going to cost, and how long it takes at the known limits

A price that is not known is said to be unknown and never taken for zero. Keeping a command within
a budget while it asks is the business of `calls.budget`.
"""
