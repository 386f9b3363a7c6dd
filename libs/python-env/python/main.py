"""Entry of a Python child: `python -I -B main.py` with file descriptors 3 (requests) and 4 (replies). See docs/python-env.md."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from worldmodels_env.guard import run_guarded  # noqa: E402


def main() -> None:
    # Imported behind the fork, so that the guard stays small.
    try:
        from worldmodels_env.serve import serve
    except ImportError as error:
        from worldmodels_env.wire import refuse_all

        refuse_all(f"the Python package {error.name or 'numpy'} cannot be imported: {error}")
    else:
        serve()


run_guarded(main)
