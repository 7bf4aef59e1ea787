"""Speeches that wait for a person: what there is to decide, and the page it can be decided on."""
