"""Asking models: what a call is, and the one engine that asks for all stages.

A stage makes a `plan`; `engine.ask` goes through it. Nothing here knows what is asked for.
"""
