"""Measures Fermata beside its peers, against its goals: `python benchmarks/run.py [part ...] [--json file]`.

Only finds the rest: `program.py` runs the parts. Nothing is imported here, because child processes import this
file again before they have their clocks in place.
"""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    # Instead of this folder: the checkout, whatever is installed, and the finder of a Redis server.
    sys.path[:1] = [str(root), str(root / "tests" / "support")]
    sys.exit(import_module("benchmarks.program").main(sys.argv[1:]))
