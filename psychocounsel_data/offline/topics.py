"""What a client speech is about: a dozen everyday topics found by their words.

The counsellors choose questions, advice and brush-offs by topic. The topics are coarse on
purpose; the data set's own topics come from its topic stage and have nothing to do with these.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from psychocounsel_data.offline.lexicon import Lexicon, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

Topic = Literal[
    "partner", "family", "parenting", "friends", "work", "study", "sleep", "money", "loss",
    "substances", "body", "anxiety", "mood", "anger", "self-worth", "past", "decision",
]  # fmt: skip

_WORDS: Final[dict[Topic, str]] = {
    "partner": "husband, wife, boyfriend, girlfriend, partner, marriage, married, divorce"
    ", divorced, separated, ex, relationship, dating, affair, cheated, cheating, breakup"
    ", broke up, fiance, fiancee, spouse, intimacy, wedding, engaged, separation",
    "family": "mother, father, mum, mom, dad, parents, sister, brother, family, aunt, uncle"
    ", in-laws, mother-in-law, father-in-law, grandmother, grandfather, grandma, grandpa"
    ", stepfather, stepmother, siblings, relatives",
    "parenting": "my son, my daughter, my kids, my children, my child, my baby, toddler, teenager"
    ", parenting, newborn, our son, our daughter, pregnant, pregnancy, single mother"
    ", single parent, my kid, our kids, our children, breastfeeding, stepson, stepdaughter",
    "friends": "friend, friends, friendship, friendships, roommate, flatmate, best friend, social"
    ", people my age, neighbours, neighbors, party, parties, shy, small talk, meet someone"
    ", freeze, goes blank",
    "work": "work, job, boss, manager, coworkers, colleagues, colleague, office, career, shift"
    ", shifts, promotion, fired, laid off, unemployed, interview, workload, retired, retirement"
    ", workplace, deadlines, business, redundant, employer, team",
    "study": "school, college, university, exam, exams, grades, class, classes, degree, thesis"
    ", homework, studying, semester, teacher, professor, studies, student, lectures",
    "sleep": "sleep, sleeping, insomnia, awake, nightmares, nightmare, bed, asleep, dream, dreams",
    "money": "money, debt, debts, rent, bills, savings, mortgage, loan, afford, financial"
    ", gambling, gamble, owe, credit card, credit cards, bankrupt",
    "loss": "died, death, passed away, funeral, grief, grieving, lost my mother, lost my father"
    ", lost my husband, lost my wife, lost my son, lost my daughter, lost my dad, lost my mum"
    ", lost my mom, miscarriage, widow, widower, mourning, lost my dog, lost my cat"
    ", lost my brother, lost my sister, lost my friend, put down, lost my baby, lost our baby",
    "substances": "drink, drinking, alcohol, drunk, wine, beer, drugs, weed, cannabis, smoking"
    ", cigarettes, sober, sobriety, cocaine, pills, addicted, addiction, relapsed, vaping, vodka",
    "body": "weight, eating, food, binge, bingeing, purge, diet, body, mirror, fat, overeat"
    ", illness, diagnosed, diagnosis, cancer, chronic, pain, doctor, hospital, headaches, surgery"
    ", anorexia, bulimia, calories",
    "anxiety": "anxiety, anxious, panic, worry, worrying, worried, worries, fear, afraid, nervous"
    ", stress, stressed, overthinking, overthink, scared, phobia, obsessive, ocd, checking"
    ", check, cannot help it",
    "mood": "depressed, depression, sad, sadness, empty, hopeless, crying, numb, motivation"
    ", unmotivated, miserable, unhappy, low, joy, meaningless, pointless",
    "anger": "angry, anger, rage, temper, shout, shouting, yell, yelling, snap, snapped, furious"
    ", lose control, resentment, explode, frustrated",
    "self-worth": "worthless, useless, failure, not good enough, confidence, self-esteem, ugly"
    ", stupid, inadequate, hate myself, compare myself, comparing, impostor, fraud, perfectionist"
    ", perfect, ashamed, shame, people pleaser, say no, burden",
    "past": "childhood, trauma, abused, abuse, flashbacks, ptsd, accident, when i was a child"
    ", when i was little, as a child, growing up, bullied, bullying, memories, assault, assaulted"
    ", the war, attacked",
    "decision": "decide, decision, choice, choose, options, crossroads, torn, should i, move"
    ", moving, stay or, leave or, offer, undecided",
}  # fmt: skip


@cache
def _lexicon() -> Lexicon[Topic]:
    return Lexicon(listed(_WORDS))


def topics(tokens: Sequence[str]) -> tuple[Topic, ...]:
    """The topics of the words, the most spoken of first; ties keep the order they come up in."""
    counts: dict[Topic, int] = {}
    for hit in _lexicon().find(tokens):
        counts[hit.value] = counts.get(hit.value, 0) + 1
    return tuple(sorted(counts, key=lambda topic: -counts[topic]))
