"""Asking through providers' batches, at half the price: handed in now, answered within a day.

    book       batches.jsonl: which batches there are, and how they stand
    handing    what is left of a plan, in batches; each is written down before it is handed in
    taking     results of batches that have ended, as the same records that live answers make
    finding    a batch whose id was lost between the provider's taking it and our writing it down
    waiting    how open batches stand, asked ever less often
    office     all of it for one stage, in turn
    desk       the journals it is written down in

A call that is in a batch has the id that it has live, and is the same call.
"""
