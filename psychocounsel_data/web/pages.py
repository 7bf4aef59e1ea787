"""Templates of one kind of page within the common layout. Everything is escaped."""

from __future__ import annotations

from pathlib import Path

import jinja2
from starlette.responses import HTMLResponse

_SHELL = Path(__file__).parent / "templates"


class Pages:
    """The templates in a folder; each may extend `base.html` of the common layout."""

    def __init__(self, folder: Path) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([folder, _SHELL]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, template: str, *, status: int = 200, **variables: object) -> HTMLResponse:
        """A page; a variable that the template lacks is an error."""
        return HTMLResponse(self._templates.get_template(template).render(variables), status)
