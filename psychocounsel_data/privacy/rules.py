"""What has a form of its own: addresses of mail and web, numbers, dates, streets. Pure.

Regular expressions with a check behind them where there is one to make (the check digits of a
card, the days of a month). They know the forms of English-speaking and some European countries.
Names are the business of `names`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from psychocounsel_data.privacy.hotlines import hotlines
from psychocounsel_data.privacy.spans import Found
from psychocounsel_data.records import PiiKind

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}(?![\w-])", re.IGNORECASE
)
_SPELT_EMAIL = re.compile(
    r"\b[\w.]{2,64} ?[\[(]? ?\bat\b ?[\])]? ?(?:gmail|yahoo|hotmail|outlook|icloud|gmx|web)"
    r" ?[\[(]? ?(?:\bdot\b|\.) ?[\])]? ?(?:com|de|net|org|co\.uk)\b",
    re.IGNORECASE,
)
_MAILERS = ("gmail", "yahoo", "hotmail", "outlook", "icloud", "gmx", " web")
# A bare host counts only in lower case and with an ending that is no English word: text from
# forums is full of sentences that run into one another ("with.Seriously").
_TOP = "com|org|net|edu|gov|info|co\\.uk|org\\.uk|ac\\.uk|com\\.au|de|fr|nl|ch|ca|eu|io|app|tv"
_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"\u201c\u201d]+[^\s<>\"\u201c\u201d.,;:!?')\]}]"
    rf"|(?<![\w@./-])(?:[a-z0-9-]{{2,63}}\.){{1,3}}(?:{_TOP})(?![\w@-]|\.[a-z])(?:/[^\s<>\"]*[^\s<>\".,;:!?')\]])?",
)
_PHONE = re.compile(
    r"(?<![\w.])(?:1[ -])?8(?:00|33|44|55|66|77|88)[ -][A-Z0-9]{3,4}[ -]?[A-Z0-9]{3,5}(?!\w)"
    r"|(?<![\w.,/$\u00a3\u20ac#-])(?:\+|00)?\(?\d{1,5}\)?"
    r"(?:[ .\u00a0/\u2013-]{0,2}\(?\d{2,5}\)?){1,5}(?![\w%]|[.,/-]\d)"
    r"|(?<![\w.$])\+?\d{10,14}(?![\w%])"
)
_YEARS = re.compile(r"\(?(?:1[89]|20)\d\d\D{1,3}(?:1[89]|20)\d\d\)?")
_ROUND = re.compile(r"\d{1,3}(?: 000)+")

_MONTH = (
    r"(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|March|Mar|[Aa]pr(?:il)?|May|[Jj]une?|[Jj]uly?|[Aa]ug(?:ust)?"
    r"|[Ss]ept?(?:ember)?|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b{_MONTH} {_DAY}\b(?!:)(?:,? (?:19|20)\d\d\b)?"
    rf"|\b{_DAY}(?: of)? {_MONTH}(?:,? (?:19|20)\d\d\b)?"
    rf"|\b{_MONTH},? (?:of )?(?:19|20)\d\d\b"
    r"|(?<![\d/.-])\d{1,2}([/.-])\d{1,2}\1(?:(?:19|20)\d\d|\d\d)(?![\d/-]|\.\d)"
    r"|(?<![\d/.-])(?:19|20)\d\d([/.-])\d{1,2}\2\d{1,2}(?![\d/-])"
)

_STREET = (
    r"(?:(?:Street|Avenue|Road|Lane|Drive|Boulevard|Court|Place|Way|Terrace|Circle|Square|Close"
    r"|Crescent|Highway|Parkway|Gardens|Grove)\b"
    r"|(?:St|Ave|Rd|Ln|Dr|Blvd|Ct|Pl|Hwy|Pkwy)\b(?:\.(?=,? [\w#]))?)"
)
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
    r"|T[NX]|UT|V[AT]|W[AIVY])"
)
_ADDRESS = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z][\w'.-]+ ){{1,3}}{_STREET}"
    r"(?:,? (?:[Aa]pt|[Aa]partment|[Uu]nit|[Ff]lat|[Ss]uite|#)\.? ?#?\w{1,5})?"
    r"|\b(?:P\.? ?O\.? ?[Bb]ox|Postfach) \d{1,6}\b"
    rf"|\b(?:[A-Z][a-z]+,? ){{1,2}}{_STATE},? \d{{5}}(?:-\d{{4}})?\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b"
    r"|\b[A-Z\u00c4\u00d6\u00dc][a-z\u00e4\u00f6\u00fc\u00df-]+"
    r"(?:stra(?:\u00dfe|sse)|str\.|weg|platz|allee|gasse) \d{1,4}[a-z]?\b"
    r"|\b(?:zip|ZIP|postal|post) ?code (?:is )?\d{5}(?:-\d{4})?\b"
)

_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_IP = re.compile(
    r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]|\.\d)"
)
_NUMBERED = re.compile(
    r"\b(?:case|account|acct|policy|member(?:ship)?|patient|medical record|record|insurance|claim"
    r"|passport|licen[cs]e|student|employee|customer|prescription|serial|social security|nhs|vin"
    r"|mrn|ssn|id)\b\.?"
    r"(?: ?(?:number|no\.?|num\.?|id|#)\s?(?:is|:)?\s?#?|\s?[:#]\s?#?)"
    r"((?=[A-Z0-9./-]*\d)[A-Z0-9][A-Z0-9./-]{3,20})(?!\w)",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w@./])@[A-Za-z_][\w.]{1,28}\w\b(?!@)"
    r"|(?<![\w/])/?u/[\w-]{3,20}\b"
)
_NETWORKS = ("insta snap twitter tiktok discord kik skype telegram").split()
_ACCOUNT = re.compile(
    r"\b(?:instagram|insta|snapchat|snap|twitter|tiktok|discord|kik|skype|telegram)"
    r"(?:\s?(?:name|handle|id|account|user ?name))?\s?(?:is|:|=)\s?"
    r"((?=\w*[\d_.]|[a-z]+[A-Z])[\w.#]{3,30}\w)",
    re.IGNORECASE,
)


def found(text: str) -> Iterator[Found]:
    """Everything with a form that a rule knows; places may overlap."""
    folded = text.lower()  # a look for the one sign that a form cannot do without is cheap
    if "@" in text:
        yield from _all("email", _EMAIL, text)
    if any(name in folded for name in _MAILERS):
        yield from _all("email", _SPELT_EMAIL, text)
    if "." in text:
        yield from _all("url", _URL, text, lambda url: not hotlines().has_address(url))
    if "@" in text or "u/" in text:
        yield from _all("handle", _HANDLE, text)
    if any(name in folded for name in _NETWORKS):
        yield from _inside("handle", _ACCOUNT, text)
    if _DIGIT.search(text):
        yield from _numbers(text)


def _numbers(text: str) -> Iterator[Found]:
    yield from _all("date", _DATE, text, is_date)
    yield from _all("phone", _PHONE, text, is_telephone)
    yield from _all("id", _SSN, text)
    yield from _all("id", _CARD, text, has_card_digits)
    yield from _all("id", _IBAN, text, has_iban_digits)
    yield from _all("id", _IP, text)
    yield from _inside("id", _NUMBERED, text)
    yield from _all("address", _ADDRESS, text)


def _all(
    kind: PiiKind,
    pattern: re.Pattern[str],
    text: str,
    check: Callable[[str], bool] = lambda _: True,
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        if check(match[0]):
            yield Found(match.start(), match.end(), kind)


def _inside(kind: PiiKind, pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    """What the pattern's group holds; the words around it stay."""
    for match in pattern.finditer(text):
        yield Found(match.start(1), match.end(1), kind)


def is_telephone(text: str) -> bool:
    """Whether digits in groups may be somebody's telephone number: 7 to 15 of them, no dates,
    spans of years or round sums, and no crisis line."""
    count = sum(sign.isalnum() for sign in text)
    if not 7 <= count <= 15 or _YEARS.fullmatch(text) or _ROUND.fullmatch(text):
        return False
    if _DATE.fullmatch(text):
        return False
    grouped = len(re.findall(r"\w+", text)) > 1 or text.startswith(("+", "0", "1"))
    return (grouped or count >= 10) and not hotlines().has_number(text)


def is_date(text: str) -> bool:
    """Whether numbers with strokes between them can be a day; words always can."""
    parts = re.split(r"[/.-]", text)
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return True
    numbers = [int(part) for part in parts]
    days = numbers[1:] if numbers[0] > 31 else numbers[:2]
    return all(1 <= day <= 31 for day in days) and any(day <= 12 for day in days)


def has_card_digits(text: str) -> bool:
    """Luhn's check of a card number (ISO/IEC 7812)."""
    total = 0
    for place, sign in enumerate(reversed([sign for sign in text if sign.isdigit()])):
        digit = int(sign) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def has_iban_digits(text: str) -> bool:
    """The check digits of a bank account's number (ISO 13616)."""
    plain = text.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
