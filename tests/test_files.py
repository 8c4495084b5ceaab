"""What every room uses of the disk and of Python's own parser."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder import files


class Finalized:
    """Runs Python code while its memory is freed, which lets another thread go on in the middle of a parse."""

    def __del__(self) -> None:
        for _ in range(50):
            pass


def parses(text: str) -> list[str]:
    """The result of each of several parses, while garbage is collected in the middle of them."""
    ends = []
    for _ in range(30):
        rings = [Finalized() for _ in range(20)]
        for each in rings:
            vars(each)["itself"] = each
        del rings
        ends.append(type(files.python_tree(text)).__name__)
    return ends


def test_threads_may_parse_at_the_same_time():
    text = Path(files.__file__).read_text(encoding="utf-8")
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.freeze()  # else what other tests have left is looked through thousands of times
    gc.set_threshold(5, 2, 2)
    try:
        with ThreadPoolExecutor(4) as pool:
            ends = list(pool.map(parses, [text] * 4))
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.unfreeze()
    assert ends == [["Module"] * 30] * 4
