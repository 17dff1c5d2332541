#!/bin/sh
# Make .venv with the first Python of 3.11 or newer; where that cannot be done, say in one line what to do.
set -eu
for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    command -v "$python" >/dev/null 2>&1 || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "$python cannot make environments: install its module venv (Debian, Ubuntu: apt install python3-venv), then run make again." >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version) ..."
    exec "$python" -m venv --clear .venv
done
echo "Jishi needs Python 3.11 or newer: install it, or name yours, as in 'make run PYTHON=/path/to/python3.11'." >&2
exit 1
