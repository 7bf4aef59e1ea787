"""Pages for people, served from this machine: who may see them, and what they share.

A kind of page (`annotation`, for one) brings its routes, templates and static files; `application`
puts the guard before them and the common layout around them, and `serving` serves the whole until
Ctrl-C. No page loads anything from elsewhere.
"""

from psychocounsel_data.web.access import Access
from psychocounsel_data.web.application import application
from psychocounsel_data.web.bodies import json_body
from psychocounsel_data.web.pages import Pages
from psychocounsel_data.web.serving import Door, open_door, serve

__all__ = ["Access", "Door", "Pages", "application", "json_body", "open_door", "serve"]
