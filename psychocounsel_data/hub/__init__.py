"""The only writer to the Hub: `push` uploads exactly dataset/ and checks what has arrived.

    folder.py       dataset/ as it lies here: files, hashes, whether offline models had a part
    card.py         what of the card on the Hub stays when ours takes its place
    asking.py       which requests are made again, and after how long
    refusals.py     what the Hub objects to, in our words
    client.py       one repository through huggingface_hub
    target.py       where the commit goes; what was made for it goes again if it fails
    difference.py   what that place does not hold yet
    pushing.py      the whole act: look, create, upload, commit, read back, tag

What stands in dataset/ is the business of `dataset.building`; `plan` and `made_offline` only read
it and need no network.
"""

from psychocounsel_data.hub.folder import DatasetFile, made_offline, plan
from psychocounsel_data.hub.pushing import PushResult, push
from psychocounsel_data.hub.target import Progress, Step

__all__ = ["DatasetFile", "Progress", "PushResult", "Step", "made_offline", "plan", "push"]
