"""From judgments to pairs: which answers count, what they score, which two of them meet.

    reading     journals -> the answers that count, their ratings and faults, as columns
    ratings     several ratings of one answer -> one, in whole numbers
    scale       ratings -> points, in whole numbers
    meeting     every two answers to one speech that are far enough apart
    gates       what is wrong with an answer, or with two of them together
    strategies  which of the two that may meet do
    limits      what holds for a whole split: caps, balance, length
    deciding    all of that, in this order
    explaining  all of that for one speech, in words

All of it is columns: a run has millions of answers. Nothing here writes a file.
"""
