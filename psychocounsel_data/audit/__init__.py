"""What is wrong with a preference data set, whoever made it: found, told and taken out.

`reading` brings any of several layouts into one frame, the checks look at that frame alone,
`fixing` writes a copy without the pairs that are wrong. The detectors are those of the gates.
"""

from psychocounsel_data.audit.finding import Audit, Finding
from psychocounsel_data.audit.fixing import fix
from psychocounsel_data.audit.reading import Named, Pairs, read
from psychocounsel_data.audit.whole import audit

__all__ = ["Audit", "Finding", "Named", "Pairs", "audit", "fix", "read"]
