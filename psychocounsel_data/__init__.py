"""Build preference data for psycho-counselling."""

__version__ = "0.1.0"
