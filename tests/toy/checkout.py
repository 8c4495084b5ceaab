"""Make a checkout of the kit that holds nothing but the toy course."""

import re
import shutil
from pathlib import Path

from autograder.course.paths import HERE, Places

TOY = Path(__file__).parent
HIDDEN = '''"""The toy course's hidden half."""

SAID = "Your gradient lacks the slope of the inner function, whatever its value."
'''


def make_checkout(root: Path) -> Places:
    """Copy what a bundle is made of into `root`, with the toy assignment in place of the kit's own."""
    places = Places(root)
    shutil.copytree(HERE.student, places.student, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TOY / "solutions", places.solutions)
    shutil.copy(HERE.package / "__init__.py", places.package)
    shutil.copy(HERE.pyproject, places.pyproject)
    shutil.copy(TOY / "checks.py", places.student / "checks" / "toy.py")
    index = places.student / "checks" / "__init__.py"
    text, listed = re.subn(r"^MODULES = \(.*?\)$", 'MODULES = ("toy",)', index.read_text(), flags=re.M | re.S)
    assert listed == 1
    index.write_text(text)
    places.hidden.mkdir()
    (places.hidden / "toy.py").write_text(HIDDEN)
    return places
