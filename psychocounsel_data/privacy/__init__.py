"""What may point to a person: found by kind and place, and replaced by typed placeholders.

The words for what this does are "scrubbed" and "not certified": rules miss things, and no rule
makes a text anonymous. `rules` and `names` find, `scrubbing` puts it together and replaces,
`hotlines` knows the numbers that are help and not a person's, `presidio` is the extra that finds
more, `sheet` is what a person checks it with.
"""
