"""What is released: dataset/ with its tables, its card and its croissant.json.

export        the columns of the tables, and where they come from
building      judged responses -> dataset/
parquet       a table, written batch by batch
tally         what is counted for card, report and command line
card          the data card
front_matter  the YAML at the head of a card
croissant     the card for programs
"""
