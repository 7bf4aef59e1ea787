"""What the judge counts in a response: turns of phrase, each with the kind of act it marks.

The kinds follow the behaviour codes of motivational interviewing (MITI 4.2.1, Moyers and others
2014: affirm, seek collaboration, emphasise autonomy, persuade, confront), with what the released
preference data is known to suffer from besides: boilerplate and leaked personas. The lists are
ours and short; they mark the obvious cases, and a paraphrase escapes them.

The wording of the offline counsellors was written apart from this list, except that what the
dismissive one says had to be recognised in general terms (see `is_sweeping`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from psychocounsel_data.offline.language import word_set
from psychocounsel_data.offline.lexicon import Lexicon, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal[
    "opener", "meaning", "validation", "affirmation", "choice", "suggestion", "directive",
    "minimising", "blame", "promise", "boilerplate", "help", "safety", "step", "prompt", "explore",
    "harm", "shield",
]  # fmt: skip

_PHRASES: Final[dict[Kind, str]] = {
    # A stem that announces a reflection ("it sounds as though ...").
    "opener": "sounds like, sounds as though, sounds as if, seems like, seems that, seems as though"
    ", seems to you, i hear, hear that you, i can hear, i sense, i get the sense, you feel"
    ", you are feeling, you write that, you say that, you also say, you describe, you mention"
    ", you mentioned, you are saying, what i hear, if i understand, it looks to you, i imagine"
    ", i wonder whether you feel, it seems you, you seem, appears that, you have been, you wrote"
    ", it seems to me, as you tell it",
    # A reflection that adds meaning: both sides, what lies beneath, what matters.
    "meaning": "on the one hand, part of you, underneath it, behind this, behind that, a wish"
    ", matters to you, important to you, you value, you long for, you care deeply, you are torn"
    ", you feel torn, pulled in, deep down, it is as if, caught between, you are longing"
    ", as much as you, a part of you, you are grieving, you are carrying",
    "validation": "makes sense, it is only natural, understandable, understandably, it is natural"
    ", perfectly natural, completely natural, it is okay to, it is ok to, it is all right to"
    ", normal to feel, it is normal, quite normal, completely normal, many people feel"
    ", many people find it, many people struggle, many people hear, many people experience"
    ", anyone who, anybody who, you are not alone, not the only one, must be, must have been"
    ", really hard, very hard, so hard, really difficult, very difficult, so difficult"
    ", difficult time, incredibly difficult, extremely difficult, difficult situation"
    ", can be challenging, really painful, very painful, so painful, extremely painful, no wonder"
    ", i am sorry, i am so sorry, sorry to hear, sorry that you, sorry you, is human, human thing"
    ", it cannot be easy, not easy, is not easy, can be hard, can be difficult, no correct way"
    ", i understand, it is tough, so tough, weighing on you, matters a great deal"
    ", not your fault, not a sign of weakness, not uncommon, it is common, feelings are valid"
    ", is valid, very valid, i can see why, i can imagine, what a difficult, as human as",
    "affirmation": "takes courage, courage to, courageous, brave, bravery, took strength"
    ", your strength, your strengths, a strength, takes persistence, put effort into, your effort"
    ", your efforts, resilience, resilient, good for you, well done, great that you, it is great"
    ", it is good that, good that you, your insight, insightful, self-aware, self-awareness"
    ", i am glad, i am so glad, proud of yourself, proud of you, commend, i admire, admirable"
    ", kudos, your progress, you are strong, great job, good job, wonderful that, you care about"
    ", you are already, you have already, positive step, very positive",
    "choice": "up to you, you decide, your decision, your choice, if you like, if you want"
    ", if you would like, if you wish, when you are ready, whenever you are ready"
    ", your own pace, your pace, you know your, you know yourself, only you can, only you know"
    ", you are the expert, what fits, feels right, what do you want, what would you like"
    ", feel free, no hurry, no rush, you can choose, you might choose, what works for you"
    ", works best for you, in your own way, comfortable for you, you are comfortable"
    ", your own answers, trust yourself, you will know best, take your time, right for you"
    ", best for you, you get to, would you like to, possible to you, you would most like"
    ", it is okay if you, your own judgement, your own judgment, trust your gut",
    "suggestion": "you might, might want to, might help, may help, could help, can help, you could"
    ", could try, you may want, may want to, perhaps, one option, some people find"
    ", it may be helpful, it might be helpful, it can be helpful, might be helpful, may be helpful"
    ", be helpful to, consider, would you be willing, would you be open, i wonder if"
    ", i would suggest, i suggest, i would encourage, i encourage you, i would recommend, maybe"
    ", have you considered, have you tried, have you thought about, i invite you",
    "directive": "you should, you need to, you also need to, you must, you have to, you ought to"
    ", you had better, make sure, it is important to, it is essential to, be sure to"
    ", you should also, it is time to, you must also, then you should, the solution is"
    ", stop waiting, i advise you, i recommend, it is necessary to, it is crucial to"
    ", the way to deal",
    "minimising": "get over it, not a big deal, no big deal, sound like a big deal, not that bad"
    ", not as bad as, just move on, need to move on, time to move on, cheer up, snap out of it"
    ", look on the bright side, just calm down, need to calm down, just relax, stop worrying"
    ", get on with it, think about something else, no point in dwelling, stop dwelling"
    ", have it worse, have it much worse, could be worse, time heals, it will pass"
    ", need to grow up, man up, toughen up, it is only money, only an exam, it is just a phase"
    ", nothing to be afraid of, hardly matters, not that complicated, all in your head"
    ", has its ups and downs, relationships are like that, that was a long time ago"
    ", just deal with it, never hurt anyone, do not be so, that is just how, friends come and go"
    ", children are hard work",
    "blame": "your own fault, your fault, your own doing, brought this on, brought it on"
    ", you are overthinking, overthinking it, too sensitive, making it harder than"
    ", complaining about it, stop complaining, quit complaining, feeling sorry for yourself"
    ", what did you expect, attention seeking, seeking attention, short fuse, overreacting"
    ", over-reacting, being dramatic, dramatic way, should be ashamed, should be grateful"
    ", should have known, a matter of willpower, no excuse, making excuses, you are just lazy"
    ", stop being so, you let this, you are wrong, you are the problem, pull yourself together"
    ", you only have yourself",
    "promise": "will see results, problem will go away, take care of itself, i guarantee"
    ", guaranteed to, everything will be fine, proven steps, will fix, always works"
    ", what works with, only makes it harder, in no time, will be cured",
    "boilerplate": "thank you for sharing, thanks for sharing, thank you for reaching out, as an ai"
    ", language model, as a therapist, as a counselor, as a counsellor, as your therapist"
    ", it is important to remember, important to note, please note, in conclusion, in summary"
    ", i hope this helps, i hope that helps, here are some, here are a few, there are several"
    ", consult with a, seek professional help, licensed professional, mental health professional"
    ", additionally, furthermore, remember that, i am here to, overall",
    "help": "emergency services, emergency room, emergency number, crisis line, crisis lines"
    ", crisis hotline, crisis text line, helpline, hotline, lifeline, samaritans"
    ", suicide prevention, the police, shelter, ambulance, crisis team, nearest hospital",
    "safety": "safe, danger, hurting yourself, harming yourself, hurt yourself, harm yourself"
    ", ending your life, end your life, suicide, suicidal, killing yourself, kill yourself"
    ", acting on them, safety, thoughts of dying, hurting someone, wanting to die, doing it"
    ", you hurt now",
    "step": "first step, first small step, small step, small steps, one step, steps, plan"
    ", next step, what has helped, has helped, what have you tried, what works, start with, goal"
    ", goals, already found, have you thought of doing, what have you learnt, way forward"
    ", strategy, strategies, look like for you, ready for, thought of already",
    "prompt": "tell me more, tell me about, say more, please go on, help me understand"
    ", share more, could you describe, can you describe, walk me through, tell me a little"
    ", could you share, can you share",
    "explore": "ask yourself, notice what, explore, exploring, reflect on, think about what"
    ", think about how, think about why, curious about, wonder what, wonder how, consider what"
    ", pay attention to, what it means to you, get to know, understand yourself, notice when"
    ", notice how, i would be curious, look at what, journal about",
    "harm": "should kill yourself, should hurt yourself, go ahead and kill, go kill yourself"
    ", just kill yourself, better off without you, nobody would miss you, no one would miss you"
    ", you deserve to suffer, deserve to be hit, hit him back, hit her back, you should die"
    ", go ahead and hurt, you are worthless, you are pathetic, you are stupid, you are an idiot"
    ", you are a failure, you are weak, you are disgusting, you are useless, you are ridiculous"
    ", you idiot, you deserved it",
    # Listed only to keep the shorter phrases in them from being found.
    "shield": "whether you should, whether or not you should, if you should, when you need to"
    ", if you need to, what you need to, when you have to, if you have to, why you should"
    ", what you should, until you have to, feel you should, feel that you should, how you should"
    ", feel you have to, feel that you have to, think you should, that you should, i had you"
    ", says you should, says you have to, do you have to, consider yourself, considering",
}  # fmt: skip

_IMPERATIVES: Final = word_set(
    "try stop make set talk get go take keep write join find focus practise practice avoid start"
    " call tell ask put limit use plan book leave update hand exercise breathe challenge face cut"
    " eat learn think cheer move give be do consult seek schedule spend identify create establish"
    " reach work engage read listen sit say replace attend repeat list choose invite volunteer"
    " cancel pay count walk apologise apologize praise pour clear remember develop encourage"
    " communicate prioritize prioritise surround allow incorporate maintain address accept forget"
    " look speak break track build have visit discuss show turn let"
)
_LEAD_INS: Final = word_set("please also then first second third finally next so and just")
_NOT_ORDERS: Final = frozenset(
    {"tell me", "help me", "take your", "let me", "say more", "take care", "let us", "have you",
     "do you", "keep only", "be well", "be kind", "let that", "find yourself", "share with"}
)  # fmt: skip
_VERBS_OF_OTHERS: Final = word_set("is are was were can may will has would involves")
"""After "talk therapy" or "work", these show that the first word was a noun."""

_SWEEPING: Final = word_set("everyone everybody nobody every plenty")
_SWEEPING_WORDS: Final = 8


@cache
def lexicon() -> Lexicon[Kind]:
    """All phrases with their kinds."""
    return Lexicon(listed(_PHRASES))


def is_order(tokens: Sequence[str]) -> bool:
    """True when a sentence begins with a verb that tells someone to do something."""
    start = 1 if len(tokens) > 1 and tokens[0] in _LEAD_INS else 0
    rest = tokens[start : start + 3]
    if not rest or " ".join(rest[:2]) in _NOT_ORDERS:
        return False
    return rest[0] in _IMPERATIVES and _VERBS_OF_OTHERS.isdisjoint(rest[1:])


def is_sweeping(tokens: Sequence[str]) -> bool:
    """True of a short sentence about everybody, which says that this client is nothing special.

    "Every couple argues" and "we all have bad days"; not "many people feel like that", which
    leaves room, and nothing that goes on to speak of "you".
    """
    if not 3 <= len(tokens) <= _SWEEPING_WORDS or "you" in tokens:
        return False
    of_all = tokens[0] == "all" and tokens[1] not in {"the", "of", "right", "in"}
    return tokens[0] in _SWEEPING or tokens[:2] == ("we", "all") or of_all
