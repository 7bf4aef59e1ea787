"""Whether a judge can be trusted: its agreement with people, and theirs with each other.

`reading` brings a table of ratings to one form (`ratings`), `study` decides which statistics apply
and computes them, `result` is what is found, `wording` says what it means. The statistics
(`two_raters`, `many_raters`, `alternative`, `margins`, `systems`) are pure and know no names.
"""
