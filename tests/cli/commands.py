"""What the tests of the command line share: the command in a process of its own, and a solved notebook."""

import json
import os
import subprocess
import sys
from pathlib import Path

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.student.checks import assignments

NEURON = next(a for a in assignments() if a.name == "03_sigmoid_neuron")
SOLVED = notebook_text(filled_notebook(read_source(HERE.source(NEURON.name), NEURON), NEURON))


def autograder(*arguments: object, cwd: Path = HERE.root) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env=environment, check=False
    )


def grade(
    path: Path, out: Path, *options: str
) -> tuple[subprocess.CompletedProcess[str], list[dict]]:
    done = autograder("grade", path, "--out", out, "--json", *options)
    return done, json.loads(done.stdout)["reports"] if done.returncode == 0 else []
