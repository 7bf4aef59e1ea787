"""A language is told where it is sure, at either end of a text. All texts are invented."""

from __future__ import annotations

import polars as pl
import pytest

from psychocounsel_data.checks.languages import elsewhere, language

ENGLISH = (
    "It sounds as if you have carried this for a long time, and that nobody at work knows of it."
)
OTHERS = {
    "de": "Es klingt, als trügen Sie das schon lange allein, und niemand weiß davon.",
    "es": "Parece que llevas mucho tiempo cargando con esto, y que en el trabajo nadie lo sabe.",
    "fr": "On dirait que vous portez cela depuis longtemps, et que personne au travail ne le sait.",
    "it": "Sembra che porti questo peso da molto tempo, e che al lavoro nessuno ne sappia niente.",
    "nl": "Het klinkt alsof je dit al heel lang alleen draagt, en alsof niemand het weet.",
    "pl": "Brzmi to tak, jakbyś od dawna dźwigała to sama, a w pracy nikt o tym nie wiedział.",
}


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_is_told_and_held_against_another(code: str) -> None:
    """Whole, at the beginning, and at the end of an answer that is English otherwise."""
    text = OTHERS[code]
    long = f"{ENGLISH} {ENGLISH} {ENGLISH}"
    answers = pl.Series([text, f"{text} {text} {text} {long}", f"{long} {text} {text} {text}"])

    assert language(pl.Series([text])).to_list() == [code]
    assert elsewhere(answers, pl.Series(["en"] * 3)).all()
    assert not elsewhere(answers.head(1), pl.Series([code])).any()


def test_what_is_short_mixed_or_near_is_held_against_nobody() -> None:
    """Nor is anything held against an answer to a speech whose language is not known."""
    mixed = f"{ENGLISH} {ENGLISH} {ENGLISH} {OTHERS['es']} {OTHERS['es']} {OTHERS['es']}"
    danish = (
        "Jeg er ked af, at du skal igennem det her, og jeg spekulerer på, hvem der hjælper dig."
    )
    norwegian = (
        "Jeg er lei meg for at du må gå gjennom dette, og jeg lurer på hvem som hjelper deg."
    )
    near = language(pl.Series([danish, norwegian])).to_list()

    assert language(pl.Series([mixed, "Gracias.", "", "12 345 :-)"])).to_list() == [None] * 4
    assert len({one for one in near if one}) <= 1
    assert not elsewhere(pl.Series(["Gracias por todo.", ENGLISH]), pl.Series(["en", "en"])).any()
    assert not elsewhere(pl.Series([OTHERS["es"]]), pl.Series([None], dtype=pl.String)).any()
