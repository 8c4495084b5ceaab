"""`python -m autograder.student`: the commands of a student."""

import sys

from autograder.student.ci.command import main

if __name__ == "__main__":
    sys.exit(main())
