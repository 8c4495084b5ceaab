#!/usr/bin/env bash
# Gradescope runs this once, as root, when the autograder's image is built.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
cd "$root/source"

python="${AUTOGRADER_PYTHON:-}"
for name in python3.13 python3.12 python3.11 python3.14 python3; do
  if [ -z "$python" ] && command -v "$name" > /dev/null; then python="$name"; fi
done
if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'; then
  apt-get update
  apt-get install --yes --no-install-recommends python3 python3-venv
  python=python3
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: choose a newer image")'
"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
  --requirement requirements-gradescope.lock

# Student code runs as another user, which finds Python and its packages and nothing of what follows.
chmod -R go-rwx "$root/source"
