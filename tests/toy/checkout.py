"""Make a checkout of the kit that holds nothing but the toy course."""

import shutil
from pathlib import Path

from autograder.course.paths import HERE, Places
from autograder.student.checks import catalogue

TOY = Path(__file__).parent
HIDDEN = '''"""The toy course's hidden half."""

SAID = "Your gradient lacks the slope of the inner function, whatever its value."
'''


def make_checkout(root: Path) -> Places:
    """Copy what a bundle is made of into `root`, with the toy assignment in place of the kit's own."""
    places = Places(root)
    shutil.copytree(HERE.student, places.student, ignore=shutil.ignore_patterns("__pycache__"))
    for module in catalogue():
        (places.student / "checks" / f"{module}.py").unlink()
    shutil.copytree(TOY / "solutions", places.solutions)
    shutil.copy(HERE.package / "__init__.py", places.package)
    shutil.copy(HERE.pyproject, places.pyproject)
    shutil.copy(TOY / "checks.py", places.student / "checks" / "toy.py")
    places.hidden.mkdir()
    (places.hidden / "toy.py").write_text(HIDDEN)
    return places
