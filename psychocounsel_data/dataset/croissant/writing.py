"""croissant.json as a whole. Reads the tables' bytes for their hashes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from psychocounsel_data import licences
from psychocounsel_data.dataset.card import Facts, made_offline, tags
from psychocounsel_data.dataset.croissant.files import Json, distribution, record_sets
from psychocounsel_data.dataset.croissant.keeping import sha256
from psychocounsel_data.dataset.croissant.responsible import responsible
from psychocounsel_data.dataset.export import FILES

_NAMESPACE: Final = "http://mlcommons.org/croissant/"
_TERMS: Final = (
    "citeAs column conformsTo equivalentProperty extract field fileProperty fileObject fileSet "
    "format includes isLiveDataset jsonPath key md5 parentField path recordSet references regex "
    "repeated replace samplingRate separator source subField transform"
).split()
CONTEXT: Final[Mapping[str, object]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": _NAMESPACE,
    "rai": f"{_NAMESPACE}RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in _TERMS},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
"""The context of Croissant 1.0, whose readers warn of any other."""
_DEMONSTRATION: Final = "Demonstration only, made by rule-based programs and for no real use. "


def render(facts: Facts, card: str, folder: Path) -> str:
    """The whole file, for the tables that lie in a folder.

    Args:
        facts: what the card was written from.
        card: the rendered card, whose sentences are taken over.
        folder: dataset/, of which the tables are written already.
    """
    places = [place for place, size in facts.sizes.items() if size.rows]
    whole = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [f"{_NAMESPACE}1.0", f"{_NAMESPACE}RAI/1.0"],
        **_about(facts),
        "distribution": distribution(
            {place: sha256(folder / FILES[place]) for place in places},
            {place: facts.sizes[place].file_bytes for place in places},
        ),
        "recordSet": record_sets(places, facts.columns, facts.principles),
        **responsible(facts, card),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _about(facts: Facts) -> Json:
    """Name, licence and people; what run.yaml does not say is left out."""
    summary, push = facts.summary, facts.config.push
    said: Json = {
        "name": facts.config.name,
        "description": (
            f"{_DEMONSTRATION if made_offline(summary) else ''}"
            "Preference data for psycho-counselling: what a client says, two responses to it, and "
            f"which of the two was rated better on {len(facts.principles)} professional "
            f"principles. {summary.train.pairs:,} training pairs and {summary.test.pairs:,} test "
            f"pairs, made from {summary.responses:,} judged responses to "
            f"{summary.train.speeches + summary.test.speeches:,} client speeches. The method "
            "follows Zhang, Eack and Chen (2025, arXiv 2502.19731)."
        ),
        "license": licences.address(push.license) if push.license else None,
        "url": f"https://huggingface.co/datasets/{push.repo_id}" if push.repo_id else None,
        "creator": [
            {"@type": f"sc:{kind.capitalize()}", "name": name}
            for name, kind in push.creators.items()
        ],
        "version": push.version,
        "datePublished": push.published.isoformat() if push.published else None,
        "inLanguage": list(push.languages),
        "keywords": list(tags(summary)),
        "isLiveDataset": False,
        "citeAs": _citation(facts),
    }
    return {name: value for name, value in said.items() if value or value is False}


def _citation(facts: Facts) -> str | None:
    """How to cite the data set, as BibTeX; None where nobody is named as its maker."""
    push = facts.config.push
    if not push.creators:
        return None
    said = {
        "author": " and ".join(push.creators),
        "title": facts.config.name,
        "year": str(push.published.year) if push.published else None,
        "version": push.version,
    }
    fields = ", ".join(f"{name}={{{value}}}" for name, value in said.items() if value)
    return f"@misc{{{facts.config.name}, {fields}}}"
