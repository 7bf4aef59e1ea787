"""What can be known of a judge from its own replies: `pcdata judge-report`.

`reading` brings a run folder's journals into arrays, `figures` and `duels` compute from them,
`wording` says what the figures mean, `whole` puts it together. Whether a judge agrees with people
is the business of `agreement`.
"""
