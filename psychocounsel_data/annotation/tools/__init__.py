"""The sample for other annotation tools, and what was annotated there: one file a tool.

What goes out is what our own page shows and no more. What comes in is validated like a click:
nothing is clamped, and a file with one bad value changes nothing.
"""

from psychocounsel_data.annotation.tools.exporting import FORMATS, export
from psychocounsel_data.annotation.tools.importing import Imported, import_annotations

__all__ = ["FORMATS", "Imported", "export", "import_annotations"]
