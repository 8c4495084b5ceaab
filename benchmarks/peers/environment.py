"""Where the peers' environment is: `make bench` sets it up from requirements.txt beside this file."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.course.paths import HERE

PEERS = ("nbclient", "otter")
ROOT = HERE.root / ".venv-peers"
PYTHON = ROOT / "bin" / "python"
ABSENT = f"the peers' environment is not installed; make {ROOT.name}/installed"


def installed() -> bool:
    """Whether the environment is there and complete."""
    return (ROOT / "installed").exists()


def pinned(package: str) -> str:
    """The version of a package that the environment has."""
    text = Path(__file__).with_name("requirements.txt").read_text(encoding="utf-8")
    (version,) = re.findall(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    return str(version)
