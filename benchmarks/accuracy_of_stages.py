"""Tell the stages of simulated products, and write down how often that is right.

    python benchmarks/accuracy_of_stages.py [--seeds 3] [--products 590] [--print]

fills the tables of accuracy_of_stages.md in, and writes the page of the documentation. The same
sizes make the same page.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import stage_tables
from stage_study import Study

TEXT = Path(__file__).with_suffix(".md")
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "how-well-stages-are-told.md"
_FIELD = re.compile(r"\{\{ (\w+) \}\}")


def page(study: Study) -> str:
    """Fill the tables, and the sizes, in."""
    sizes = {"seeds": str(study.seeds), "products": f"{study.products:,}"}

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name in sizes:
            return sizes[name]
        print(name, file=sys.stderr, flush=True)
        return str(getattr(stage_tables, name)(study))

    return _FIELD.sub(filled, TEXT.read_text(encoding="utf-8"))


def main() -> None:
    """Read the sizes, and write or print the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--products", type=int, default=590)
    options.add_argument("--print", action="store_true", help="print the page, write nothing")
    chosen = options.parse_args()
    text = page(Study(seeds=chosen.seeds, products=chosen.products))
    if chosen.print:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
