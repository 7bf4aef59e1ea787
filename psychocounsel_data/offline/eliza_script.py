"""What the offline ELIZA says: keywords, decompositions, reassemblies, all as plain data.

The form is that of Weizenbaum's program (Communications of the ACM 9(1), 1966), the wording is
ours throughout. `eliza` reads it; no code lives here.

A pattern is words, `*` for any words, `+ing` for one word with that ending, `@group` for a word
of a group, `@group?` for one that may be missing. `*`, `+ing` and `@group` are numbered from 1,
and `{2}` in a reply is the second of them with its pronouns turned; `{2?}` may be empty. A reply
`=keyword` goes on with that keyword's rules. Patterns are matched against one clause, in lower or
upper case, after the substitutions in `before`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rule(NamedTuple):
    """One way of taking a clause apart, and the replies made of its parts, used in turn."""

    pattern: str
    replies: tuple[str, ...]


class Keyword(NamedTuple):
    """Words that call a list of rules; its first word is the name that `=name` refers to."""

    words: str
    """Spellings, separated by commas; each may be several words."""
    rank: int
    """The higher rank is heard first, and makes it into the written reply."""
    rules: tuple[Rule, ...]


class Script(NamedTuple):
    """All that the engine needs to hold a conversation."""

    before: Mapping[str, str]
    """Substitutions made in the client's words before anything is matched."""
    after: Mapping[str, str]
    """Substitutions made in a fragment once its pronouns are turned."""
    groups: Mapping[str, str]
    """Words that count as one in a pattern, separated by commas."""
    keywords: tuple[Keyword, ...]
    memory: tuple[Rule, ...]
    """Rules that store a reply for later, used when a clause has no keyword."""
    alarm: Mapping[str, tuple[str, ...]]
    """What is said first when the speech shows danger, by kind of risk."""
    remarks: tuple[str, ...]
    """What is said when there is nothing to go by."""


_BEFORE: Final = {
    "i am": "I'm", "i've": "I have", "cannot": "can't", "can not": "can't", "do not": "don't",
    "did not": "didn't", "could not": "couldn't", "does not": "doesn't", "i'd like": "I want",
    "i would like": "I want", "wanna": "want to", "gonna": "going to", "gotta": "have to",
    "really": "", "just": "", "basically": "", "literally": "", "honestly": "", "kind of": "",
    "sort of": "", "you know": "", "like i said": "", "realise": "realize", "have got": "have",
    "have got to": "have to", "i had been": "I have been", "seem to": "", "is not": "isn't",
    "i'm afraid i": "I'm afraid that I", "i'm scared i": "I'm afraid that I",
    "i'm worried i": "I'm afraid that I", "i'm worried that": "I'm afraid that",
    "i'm scared that": "I'm afraid that", "no one": "nobody", "every body": "everybody",
    "felt like": "feel like", "to be honest": "", "even": "", "even though": "although",
}  # fmt: skip

_AFTER: Final = {
    "here": "there", "come here": "come here", "these": "those", "you and you": "the two of you",
    "anymore": "any more",
    "both of you": "the two of you", "you're": "you are",
}  # fmt: skip

_GROUPS: Final = {
    "family": "mother, father, mum, mom, dad, parents, sister, brother, husband, wife, boyfriend"
    ", girlfriend, partner, son, daughter, kids, children, child, ex, ex-husband, ex-wife, fiance"
    ", mother-in-law, father-in-law, grandmother, grandfather, grandma, family, best friend"
    ", friend, friends, boss, manager, roommate, oldest son, youngest son, oldest daughter"
    ", youngest daughter, older brother, younger brother, older sister, younger sister, supervisor"
    ", baby, teenage son, teenage daughter, coworkers, colleagues, aunt, uncle, stepfather",
    "loved": "mother, father, mum, mom, dad, sister, brother, husband, wife, partner, son"
    ", daughter, child, friend, best friend, grandmother, grandfather, grandma, dog, cat, baby"
    ", boyfriend, girlfriend, aunt, uncle",
    "often": "always, often, still, constantly, never, sometimes, also, already, only, usually"
    ", then, now, finally, suddenly, mostly",
    "feeling": "sad, scared, afraid, anxious, lonely, alone, angry, depressed, exhausted, tired"
    ", overwhelmed, ashamed, guilty, stuck, lost, hopeless, worried, nervous, terrified, unhappy"
    ", miserable, frustrated, jealous, confused, hurt, numb, stressed, embarrassed, furious, upset"
    ", heartbroken, devastated, desperate, torn, isolated, insecure, drained"
    ", happy, grateful, relieved, bored, trapped, empty, low, disappointed, bitter",
    "belief": "think, believe, suspect, suppose, guess, assume, fear, worry",
    "person": "him, her, them, people, someone, everyone, somebody, others",
    "they": "he, she, they, people",
    "it": "it, this, that, which",
    "time": "year, years, month, months, week, weeks, days, since, months now",
    "degree": "so, very, too, always, still, completely, constantly, extremely, often, also, now"
    ", already, a bit, a little, quite",
    "article": "a, an, two, three, four, some, this, these, such, many, my, so",
    "ask": "how do i, how can i, how should i, how could i, how am i supposed to, how would i",
}

_FEEL: Final = Keyword(
    "feel, felt, feeling",
    7,
    (
        Rule(
            "* i @often? feel like *",
            (
                "You feel like {2}.",
                "When is it strongest, this feeling like {2}?",
                "What would it take not to feel like {2}?",
            ),
        ),
        Rule(
            "* i @often? feel as if *",
            ("It seems to you as if {2}.", "What makes it seem as if {2}?"),
        ),
        Rule(
            "* i don't feel *",
            ("You don't feel {2}.", "What would it be like to feel {2}?"),
        ),
        Rule(
            "* i @often? feel @degree? @feeling *",
            (
                "So you feel {2} {3?}.",
                "How long have you felt {2} {3?}?",
                "What is it like for you to feel {2} {3?}?",
                "When you feel {2} {3?}, what do you do with it?",
            ),
        ),
        Rule(
            "* makes me feel *",
            ("It makes you feel {2}.", "What is it like for you to feel {2}?"),
        ),
        Rule("* it @often? feels like *", ("To you it feels like {2}.", "It feels like {2}.")),
        Rule(
            "* i @often? feel *",
            (
                "You feel {2}.",
                "When you say you feel {2}, what comes to mind first?",
                "What lies underneath when you feel {2}?",
            ),
        ),
        Rule(
            "* i @often? felt *",
            ("You felt {2}.", "What was happening when you felt {2}?"),
        ),
        Rule(
            "* i'm feeling *",
            ("You are feeling {2}.", "How long have you been feeling {2}?"),
        ),
        Rule("* i have been feeling *", ("You have been feeling {2}.",)),
        Rule("* this feeling *", ("What is that feeling like from the inside?",)),
    ),
)

_FEAR: Final = Keyword(
    "afraid, scared, terrified, frightened",
    8,
    (
        Rule(
            "* i'm @degree? afraid that *",
            (
                "You are afraid that {2}.",
                "If it did turn out that {2}, what would that mean to you?",
            ),
        ),
        Rule(
            "* i'm @degree? @feeling to *",
            (
                "What do you picture happening if you {3}?",
                "It frightens you to {3}.",
            ),
        ),
        Rule(
            "* i'm @degree? @feeling of *",
            (
                "What is it about {3} that frightens you most?",
                "You are {2} of {3}.",
            ),
        ),
        Rule("* makes me afraid *", ("What is it that frightens you there?",)),
        Rule("* i'm *", ("=i'm",)),
        Rule("*", ("What does the fear tell you to do?", "What does being afraid stop you from?")),
    ),
)

_I_AM: Final = Keyword(
    "i'm",
    5,
    (
        Rule(
            "* i'm @degree? tired of *",
            ("You are tired of {2}.", "What is the hardest part of {2}?"),
        ),
        Rule(
            "* i'm going to *",
            ("You are going to {2}.", "What do you hope for once you {2}?"),
        ),
        Rule(
            "* i'm trying to *",
            ("You are trying to {2}.", "What makes it important to you to {2}?"),
        ),
        Rule("* i'm not sure *", ("You are not sure {2}.", "What would help you to be surer?")),
        Rule(
            "* i'm not *",
            ("You are not {2}.", "What would be different if you were {2}?"),
        ),
        Rule(
            "* i'm @degree? @feeling about *",
            ("What is it about {3} that leaves you {2}?", "You are {2} about {3}."),
        ),
        Rule(
            "* i'm @degree? @feeling *",
            (
                "How long have you been {2} {3?}?",
                "You are {2} {3?}.",
                "What is it like for you to be {2} {3?}?",
            ),
        ),
        Rule("* i'm always +ing *", ("When do you notice that you are {2} {3?}?",)),
        Rule(
            "* i'm @often? +ing *",
            (
                "You are {2} {3?}.",
                "How long have you been {2} {3?}?",
                "What happens in you while you are {2} {3?}?",
            ),
        ),
        Rule("* i'm the @article? *", ("What does it mean to you to be the {2}?",)),
        Rule("* i'm *", ("You say that you are {2}.", "As you tell it, you are {2}.")),
    ),
)

_I_HAVE: Final = Keyword(
    "i have",
    4,
    (
        Rule(
            "* i have to *",
            (
                "What makes you feel that you have to {2}?",
                "You have to {2}, as you see it.",
            ),
        ),
        Rule("* i have been @feeling *", ("You have been {2} {3?}.",)),
        Rule(
            "* i have @often? been +ing *",
            (
                "You have been {2} {3?}.",
                "What has it been like for you to be {2} {3?}?",
                "How did it come about that you have been {2} {3?}?",
            ),
        ),
        Rule(
            "* i have @often? been *",
            ("You have been {2}.", "What has it been like for you to be {2}?"),
        ),
        Rule(
            "* i have tried *",
            ("You have tried {2}.", "What did you learn from trying {2}?"),
        ),
        Rule("* i have no idea *", ("You have no idea {2}.",)),
        Rule(
            "* i have no *",
            ("As you see it you have no {2}.", "What is it like to have no {2}?"),
        ),
        Rule(
            "* i have @article *",
            ("You have {2} {3}.", "What does it mean in your life to have {2} {3}?"),
        ),
        Rule("i have never *", ("You have never {1}.", "What would it be like if you had?")),
    ),
)

_WANT: Final = Keyword(
    "want, need, wanted",
    6,
    (
        Rule(
            "* i @often? want to *",
            (
                "You want to {2}.",
                "What would it mean to you to {2}?",
                "Suppose you could {2}: what would be different?",
            ),
        ),
        Rule(
            "* i don't want to *",
            ("You don't want to {2}.", "What is it that makes you not want to {2}?"),
        ),
        Rule(
            "* i don't want @person to *",
            ("You don't want {2} to {3}.", "What do you fear {2} might do or feel?"),
        ),
        Rule("* i @often? want @person to *", ("You want {2} to {3}.",)),
        Rule("* i don't want *", ("You don't want {2}.",)),
        Rule("* i @often? want *", ("You want {2}.", "What would it give you to have {2}?")),
        Rule(
            "* i @often? need to *",
            ("What makes it important to you to {2}?", "You need to {2}."),
        ),
        Rule("* i @often? need *", ("You need {2}.", "What does it mean to you to need {2}?")),
        Rule("* i @often? wanted *", ("You wanted {2}.",)),
    ),
)

_WISH: Final = Keyword(
    "wish",
    7,
    (
        Rule(
            "* i @often? wish *",
            ("What would be different if {2}?", "You wish {2}."),
        ),
        Rule("*", ("What do you wish for most?",)),
    ),
)

_CANNOT: Final = Keyword(
    "can't, couldn't, unable",
    6,
    (
        Rule(
            "* i @often? can't stop +ing *",
            (
                "What happens in the moments when you can't stop {2} {3?}?",
                "You can't stop {2} {3?}.",
            ),
        ),
        Rule(
            "* i @often? can't *",
            (
                "You can't {2}.",
                "What do you think stands in the way when you can't {2}?",
                "What would it mean to you if you could {2}?",
            ),
        ),
        Rule("* i @often? couldn't *", ("You couldn't {2}.", "What held you back then?")),
        Rule("* unable to *", ("You find yourself unable to {2}.",)),
    ),
)

_DO_NOT_KNOW: Final = Keyword(
    "don't know, don't understand",
    6,
    (
        Rule(
            "* i don't know what *",
            ("What would you need in order to know what {2}?", "You don't know what {2}."),
        ),
        Rule(
            "* i don't know how to *",
            (
                "You don't know how to {2}.",
                "Where do you feel least sure about how to {2}?",
            ),
        ),
        Rule("* i don't know how *", ("You don't know how {2}.",)),
        Rule(
            "* i don't know why *",
            ("If you had to guess why {2}, what would you say?", "It puzzles you why {2}."),
        ),
        Rule(
            "* i don't know if *",
            ("What would help you to know whether {2}?", "You don't know whether {2}."),
        ),
        Rule("* i don't know who *", ("You don't know who {2}.",)),
        Rule("* i don't understand why *", ("It puzzles you why {2}.",)),
        Rule("* i don't understand *", ("You don't understand {2}.",)),
        Rule("* i don't know", ("It is all right not to know yet.",)),
        Rule("* i don't know *", ("You don't know {2}.",)),
    ),
)

_DO_NOT: Final = Keyword(
    "don't, didn't",
    4,
    (
        Rule(
            "* i don't like *",
            ("What is it about {2} that you don't like?", "You don't like {2}."),
        ),
        Rule("* i don't feel *", ("=feel",)),
        Rule("* i don't want *", ("=want",)),
        Rule("* i don't have *", ("You don't have {2}.",)),
        Rule("* i don't trust *", ("What would {2} have to be like to be trusted?",)),
        Rule(
            "* i don't *",
            ("You don't {2}.", "What do you make of it that you don't {2}?"),
        ),
        Rule("* i didn't *", ("You didn't {2}.", "What would you do now in that place?")),
    ),
)

_BELIEF: Final = Keyword(
    "think, believe, suspect, suppose, assume, thought",
    6,
    (
        Rule(
            "* i @often? @belief about *",
            (
                "What happens in you when you {2} about {3}?",
                "You {2} about {3}.",
            ),
        ),
        Rule(
            "* i @often? @belief that *",
            ("What leads you to {2} that {3}?", "You {2} that {3}."),
        ),
        Rule(
            "* i @often? @belief @they *",
            ("What leads you to {2} that {3} {4}?", "As you see it, {3} {4}."),
        ),
        Rule(
            "* i @often? @belief my @family *",
            ("What leads you to {2} that your {3} {4}?", "You {2} that your {3} {4}."),
        ),
        Rule("* i @often? @belief it's *", ("What leads you to {2} that it's {3}?",)),
        Rule(
            "* i @often? @belief i *",
            ("What leads you to {2} that you {3}?",),
        ),
        Rule(
            "* i @often? @belief i'm *",
            ("What leads you to {2} that you are {3}?", "You {2} that you are {3}."),
        ),
        Rule("* i don't think *", ("You don't think {2}.", "You doubt that {2}.")),
        Rule("* i thought *", ("You thought {2}.", "What do you think about it today?")),
    ),
)

_KNOW: Final = Keyword(
    "know, realize, realized, notice, noticed",
    3,
    (
        Rule("* i don't know *", ("=don't know",)),
        Rule(
            "* i @often? know *",
            ("You know {2}.", "And knowing that, what do you find yourself doing?"),
        ),
        Rule("* i @often? realized *", ("You realized {2}.", "What did it change to see that?")),
        Rule("* i @often? noticed *", ("You have noticed {2}.",)),
    ),
)

_KEEP: Final = Keyword(
    "keep, kept",
    6,
    (
        Rule(
            "* i @often? keep +ing *",
            (
                "When do you notice yourself {2} {3?}?",
                "You keep {2} {3?}.",
                "What happens just before you start {2} {3?}?",
            ),
        ),
        Rule("* i @often? keep *", ("You keep {2}.",)),
        Rule("@they keep *", ("And {1} keep {2}.",)),
    ),
)

_LOVE_HATE: Final = Keyword(
    "love, hate, miss",
    6,
    (
        Rule(
            "* i @often? hate myself *",
            (
                "You hate yourself {2?}.",
                "What would you say to a friend who spoke of themselves like that?",
            ),
        ),
        Rule("* i @often? hate *", ("You hate {2}.", "What does it do to you to hate {2}?")),
        Rule(
            "* i @often? miss @person *",
            ("You miss {2} {3?}.", "What do you miss most about {2}?"),
        ),
        Rule(
            "* i @often? miss my @family *",
            ("What do you miss most about your {2}?", "You miss your {2} {3?}."),
        ),
        Rule("* i @often? miss *", ("You miss {2}.",)),
        Rule("* i don't love *", ("You don't love {2}.",)),
        Rule("* i @often? love *", ("You love {2}.", "How does it show that you love {2}?")),
        Rule("* loves me *", ("What tells you whether you are loved?",)),
    ),
)

_LOSS: Final = Keyword(
    "died, passed away, funeral, death, lost, miscarriage",
    8,
    (
        Rule(
            "* my @loved died *",
            (
                "You lost your {2}.",
                "What do you find yourself missing most about your {2}?",
                "What was there between you and your {2}?",
            ),
        ),
        Rule(
            "* my @loved passed away *",
            (
                "You lost your {2}.",
                "What do you miss most now that your {2} is gone?",
            ),
        ),
        Rule(
            "* lost my *",
            ("What did it mean to you to lose your {2}?", "You lost your {2}."),
        ),
        Rule("* i lost *", ("What did it mean to you to lose {2}?",)),
        Rule("* i feel lost *", ("=feel",)),
        Rule("* i'm @degree? lost *", ("=i'm",)),
        Rule("* death *", ("What does that death ask of you now?",)),
        Rule("* died *", ("What did that loss leave you with?",)),
    ),
)

_FAMILY: Final = Keyword(
    "my mother, my father, my mum, my mom, my dad, my parents, my sister, my brother, my husband"
    ", my wife, my boyfriend, my girlfriend, my partner, my son, my daughter, my kids, my children"
    ", my ex, my best friend, my friends, my friend, my boss, my manager, my family, my roommate"
    ", my ex-husband, my ex-wife, my fiance, my mother-in-law, my child, my oldest, my youngest"
    ", my older, my younger, my teenage, my baby, my grandmother, my supervisor, my colleagues"
    ", my coworkers",
    5,
    (
        Rule(
            "my @family and i *",
            (
                "You and your {1} {2}.",
                "What is it like between you and your {1} now?",
            ),
        ),
        Rule(
            "my @family says *",
            (
                "Your {1} says {2}.",
                "How much of what your {1} says do you believe yourself?",
            ),
        ),
        Rule("my @family is *", ("Your {1} is {2}.",)),
        Rule(
            "my @family *",
            (
                "Your {1} {2}.",
                "What does it do to you that your {1} {2}?",
                "How do you make sense of it that your {1} {2}?",
            ),
        ),
        Rule("* with my @family", ("What is it like between you and your {2}?",)),
        Rule(
            "* my @family *",
            (
                "Where do you see your {2} in all this?",
                "What would you like your {2} to know?",
                "How might your {2} see this?",
            ),
        ),
    ),
)

_THEY: Final = Keyword(
    "he, she, they",
    2,
    (
        Rule(
            "@they says *",
            ("How do you hear it when {1} says {2}?", "As you hear it, {1} says {2}."),
        ),
        Rule(
            "@they never *",
            ("As you see it, {1} never {2}.", "What do you do with it that {1} never {2}?"),
        ),
        Rule("@they *", ("What does it do to you that {1} {2}?", "So {1} {2}.")),
    ),
)

_NOBODY: Final = Keyword(
    "nobody, everyone, everybody, no friends",
    5,
    (
        Rule(
            "nobody *",
            ("It seems to you that nobody {1}.", "When did you first notice that nobody {1}?"),
        ),
        Rule("* nobody to *", ("There is nobody to {2}, as it seems to you.",)),
        Rule(
            "everyone *",
            (
                "It looks to you as if everyone {1}.",
                "Who comes to mind first when you say everyone?",
            ),
        ),
        Rule("* no friends *", ("What would a friend be to you now?",)),
        Rule("* everyone *", ("Who comes to mind first when you say everyone?",)),
    ),
)

_IF: Final = Keyword(
    "if, whether",
    4,
    (
        Rule("* not sure if *", ("What would help you to know whether {2}?",)),
        Rule("* wonder if *", ("You wonder whether {2}.", "What makes you wonder whether {2}?")),
        Rule("* know if *", ("What would help you to know whether {2}?",)),
        Rule("* what if *", ("And if {2}, what do you see happening?",)),
        Rule("* feel as if *", ("=feel",)),
        Rule("* as if *", ("It is as if {2}.",)),
        Rule("if i *", ("What do you expect to happen if you {1}?",)),
        Rule("if *", ("You are thinking about what happens if {1}.",)),
    ),
)

_QUESTIONS: Final = Keyword(
    "how do i, how can i, how should i, what should i, what can i, what do i, should i, why do i"
    ", why am i, am i, is it normal, how could i, is there something wrong, how am i, why can't i",
    6,
    (
        Rule(
            "* @ask *",
            (
                "What have you already found out about how to {3}?",
                "What would it be like if you could {3}?",
                "You are looking for a way to {3}.",
            ),
        ),
        Rule(
            "* what should i do *",
            (
                "What have you thought of doing so far?",
                "What would you like to see happen?",
            ),
        ),
        Rule("* what do i do *", ("What have you thought of doing so far?",)),
        Rule(
            "* what can i do *",
            ("What has helped, if only a little, before?", "What have you thought of already?"),
        ),
        Rule(
            "should i *",
            (
                "What speaks for it, and what against it, when you ask whether to {1}?",
                "You are asking yourself whether to {1}.",
            ),
        ),
        Rule(
            "* why do i *",
            ("Why do you think you {2}?", "You are asking yourself why you {2}."),
        ),
        Rule("* why can't i *", ("What do you think keeps you from it?",)),
        Rule("* why am i *", ("When do you notice most that you are {2}?",)),
        Rule("* am i *", ("When do you feel most that you are {2}?",)),
        Rule("* is it normal *", ("What would it mean to you if it were quite normal?",)),
        Rule("* wrong with me *", ("What makes you feel that something is wrong with you?",)),
    ),
)

_REMEMBER: Final = Keyword(
    "remember, forget, reminds",
    6,
    (
        Rule(
            "* i @often? remember *",
            ("You remember {2}.", "What else comes back when you remember {2}?"),
        ),
        Rule("* i can't forget *", ("You can't forget {2}.", "When does it come back to you?")),
        Rule("* reminds me of *", ("What is it in {2} that comes back to you?",)),
        Rule("* remember *", ("What else comes back with that memory?",)),
    ),
)

_PAST: Final = Keyword(
    "childhood, growing up, as a child, when i was little, trauma, flashbacks, bullied, accident"
    ", used to, grew up",
    5,
    (
        Rule(
            "* i used to *",
            ("You used to {2}.", "What was different when you used to {2}?"),
        ),
        Rule("* used to *", ("What was different in those days?",)),
        Rule("* bullied *", ("What did you learn about yourself from being bullied?",)),
        Rule("* accident *", ("How is the accident still with you today?",)),
        Rule(
            "*",
            (
                "When you look back at that time, what do you see first?",
                "How is that time still with you today?",
            ),
        ),
    ),
)

_MAKES_ME: Final = Keyword(
    "makes me, made me, making me, tells me, told me",
    6,
    (
        Rule("* makes me feel *", ("=feel",)),
        Rule("@it @often? makes me *", ("You notice that it makes you {2}.",)),
        Rule("@it @often? made me *", ("You notice that it made you {2}.",)),
        Rule(
            "@they told me *",
            ("What went on in you when {1} told you {2}?", "So {1} told you {2}."),
        ),
        Rule(
            "@they tells me *",
            ("What goes on in you when {1} tells you {2}?",),
        ),
        Rule("my @family told me *", ("=my mother",)),
    ),
)

_I_WAS: Final = Keyword(
    "i was, i tried, i started, i left, i feared, i should, i might, i have never, i'd, i stopped"
    ", i have started",
    3,
    (
        Rule("* i should *", ("Who says that you should {2}?", "You feel you should {2}.")),
        Rule(
            "* i have started *",
            ("What led you to start {2}?", "You have started {2}."),
        ),
        Rule("* i @often? started *", ("What led you to start {2}?", "You started {2}.")),
        Rule("* i @often? tried *", ("You tried {2}.", "What came of it when you tried {2}?")),
        Rule(
            "* i was *",
            ("You were {2}.", "What stays with you from when you were {2}?"),
        ),
        Rule("* i might *", ("What would it mean if you did {2}?",)),
        Rule("* i left *", ("You left {2}.",)),
        Rule("* i stopped *", ("You stopped {2}.", "What was it like to stop {2}?")),
    ),
)

_YOU: Final = Keyword(
    "can you, do you think, could you, your advice, are you, will you, you tell me, please tell me",
    3,
    (
        Rule("* do you think *", ("You would like to know whether I think {2}.",)),
        Rule(
            "* you help *",
            (
                "What kind of help would be of use to you?",
                "If this were of help to you, how would you notice?",
            ),
        ),
        Rule("* you tell me *", ("What answer would you hope to hear?",)),
        Rule("*", ("What answer would you hope to hear?", "What is your own view of it?")),
    ),
)

_THEMES: Final = (
    Keyword(
        "panic, anxiety, anxious, worry, worrying, overthinking, stress",
        4,
        (
            Rule("* i worry *", ("You worry {2}.", "What is the worry trying to prevent?")),
            Rule("* i'm *", ("=i'm",)),
            Rule("* i feel *", ("=feel",)),
            Rule("* panic *", ("How does the panic begin, and what do you notice first?",)),
            Rule(
                "* anxiety *",
                (
                    "What does the anxiety keep you from?",
                    "When is the anxiety a little quieter?",
                ),
            ),
            Rule("*", ("What goes through your mind when the worry is at its worst?",)),
        ),
    ),
    Keyword(
        "sleep, awake, insomnia, nightmares, nightmare, dream, dreams",
        4,
        (
            Rule("* nightmares *", ("What do those nights leave you with?",)),
            Rule("* nightmare *", ("What do those nights leave you with?",)),
            Rule("* dream *", ("What does the dream say to you?",)),
            Rule("* i can't *", ("=can't",)),
            Rule("*", ("What goes through your mind when you lie awake?",)),
        ),
    ),
    Keyword(
        "drink, drinking, alcohol, weed, smoking, drugs, gambling",
        5,
        (
            Rule("* drinking *", ("What does drinking give you, and what does it take?",)),
            Rule("* drink *", ("What does a drink give you, and what does it take?",)),
            Rule("* gambling *", ("What does gambling give you, and what does it take?",)),
            Rule("*", ("What does it give you, and what does it take?",)),
        ),
    ),
    Keyword(
        "angry, anger, rage, temper, yell, shout, snap",
        5,
        (
            Rule("* i @often? yell *", ("What is it that you want heard when you yell {2?}?",)),
            Rule("* i @often? snap *", ("What comes just before you snap {2?}?",)),
            Rule("* i feel *", ("=feel",)),
            Rule("* i'm *", ("=i'm",)),
            Rule("*", ("What is the anger there to protect?",)),
        ),
    ),
    Keyword(
        "guilty, guilt, ashamed, shame, blame, my fault",
        5,
        (
            Rule("* i feel *", ("=feel",)),
            Rule("* i'm *", ("=i'm",)),
            Rule("* i @often? blame myself *", ("What do you hold yourself to blame for?",)),
            Rule("*", ("Whose voice is it that finds you guilty?",)),
        ),
    ),
    Keyword(
        "my job, my work, at work, my boss, my career, the office",
        2,
        (
            Rule("* i hate *", ("=love",)),
            Rule("* i love *", ("=love",)),
            Rule(
                "*", ("What is a day at work like for you now?", "What does your work ask of you?")
            ),
        ),
    ),
    Keyword(
        "school, college, university, exams, exam, class, classes, thesis",
        2,
        (Rule("*", ("What would it say about you if your studies went badly?",)),),
    ),
    Keyword(
        "friends, friend, people",
        2,
        (
            Rule("my friends *", ("=my mother",)),
            Rule("*", ("What happens in you when you are among other people?",)),
        ),
    ),
    Keyword(
        "money, debt, bills, rent, afford",
        2,
        (Rule("*", ("What does the money stand for, beyond the sum?",)),),
    ),
    Keyword(
        "weight, eating, food, body, mirror",
        3,
        (Rule("*", ("What do you feel towards your body at such times?",)),),
    ),
    Keyword(
        "divorce, marriage, relationship, cheated, affair, broke up",
        4,
        (
            Rule("my @family cheated *", ("=my mother",)),
            Rule("* cheated *", ("What did being cheated on do to your trust?",)),
            Rule("* broke up with me *", ("What did the breakup leave you with?",)),
            Rule("*", ("What did you hope for when it began?", "What holds the two of you?")),
        ),
    ),
    Keyword(
        "change, changed, habit, decision, choice, decide",
        3,
        (
            Rule("* decide *", ("What does each side of that decision promise you?",)),
            Rule("* decision *", ("What does each side of that decision promise you?",)),
            Rule("*", ("What would be the first sign that something had changed?",)),
        ),
    ),
    Keyword(
        "happy, proud, better, hope",
        3,
        (
            Rule("* i hope *", ("You hope {2}.",)),
            Rule("*", ("What would a good day look like to you?",)),
        ),
    ),
    Keyword(
        "chatbot, robot, computer, machine, artificial intelligence",
        6,
        (Rule("*", ("What difference does it make to you who, or what, is listening?",)),),
    ),
    Keyword("sorry, apologize", 1, (Rule("* sorry *", ("There is nothing to apologise for.",)),)),
    Keyword(
        "always, never, constantly",
        2,
        (
            Rule("* i always *", ("You always {2}.",)),
            Rule("* i never *", ("You never {2}.",)),
            Rule("*", ("Can you think of a time when it was otherwise?",)),
        ),
    ),
    Keyword(
        "problem, problems, struggle, struggling, difficult, hard",
        1,
        (
            Rule("* hard for me to *", ("It is hard for you to {2}.",)),
            Rule("* hard to *", ("What makes it hard to {2}?",)),
            Rule("*", ("What is the hardest part of it?",)),
        ),
    ),
)

_MEMORY: Final = (
    Rule(
        "my *",
        (
            "Earlier you said that your {1}.",
            "You also wrote that your {1}.",
            "I wonder how it belongs with this that your {1}.",
        ),
    ),
)

_ALARM: Final = {
    "suicide": (
        "You write of not wanting to live: are you safe at this moment?",
        "What you write about dying comes first: are you thinking of ending your life now?",
    ),
    "self-harm": (
        "You write of hurting yourself: are you safe at this moment?",
        "Before anything else, are you hurt now, or close to hurting yourself?",
    ),
    "abuse": (
        "Before anything else, are you safe where you are now?",
        "You write of being hurt by someone: are you out of danger at this moment?",
    ),
    "violence": (
        "Before anything else, is anybody in danger at this moment?",
        "You write of hurting someone: how close are you to doing it?",
    ),
}

_REMARKS: Final = (
    "Please tell me more, in whatever order it comes.",
    "I would like to understand that better.",
    "What would you most like me to understand?",
    "What comes to mind as you write this?",
    "Where in all of this would you like to begin?",
    "What does that bring up in you?",
    "Please go on.",
    "What is it that troubles you most just now?",
)

SCRIPT: Final = Script(
    before=_BEFORE,
    after=_AFTER,
    groups=_GROUPS,
    keywords=(
        _FEEL,
        _FEAR,
        _I_AM,
        _I_HAVE,
        _WANT,
        _WISH,
        _CANNOT,
        _DO_NOT_KNOW,
        _DO_NOT,
        _BELIEF,
        _KNOW,
        _KEEP,
        _LOVE_HATE,
        _LOSS,
        _FAMILY,
        _THEY,
        _NOBODY,
        _IF,
        _QUESTIONS,
        _REMEMBER,
        _PAST,
        _MAKES_ME,
        _I_WAS,
        _YOU,
        *_THEMES,
    ),
    memory=_MEMORY,
    alarm=_ALARM,
    remarks=_REMARKS,
)
"""The script of the offline ELIZA."""
