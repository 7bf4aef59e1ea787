"""How much a model may be asked at once, and how soon again. All but `limiter` is told the time.

bucket     so much a second, so much at once
quotas     what a server's headers say of its limits
told       a limit that the server tells, between its replies
refusals   a rate learned from refusals, where it tells none
window     how many in flight are worth it, where it neither tells nor refuses
circuit    leaving a dead server alone for a while
limiter    all of them as one gate with a queue
"""
