#!/bin/sh
# Make .venv with a Python of 3.11 or newer; where that cannot be done, say in one line what to do.
# One that was built with optimizations comes before one that was not (by pyenv, say), which takes a quarter more time
# for an order. What systems bring in /usr is built with them, though only some say so.
set -eu
new='import sys; sys.exit(sys.version_info < (3, 11))'
able='import venv, ensurepip'
optimized='import sys, sysconfig as c
sys.exit(sys.base_prefix != "/usr" and "--enable-optimizations" not in (c.get_config_var("CONFIG_ARGS") or ""))'

chosen='' unable=''
for python in ${PYTHON:-python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11}; do
    command -v "$python" >/dev/null 2>&1 && "$python" -c "$new" 2>/dev/null || continue
    if ! "$python" -c "$able" 2>/dev/null; then
        unable="${unable:-$python}"
    elif "$python" -c "$optimized" 2>/dev/null; then
        chosen="$python"
        break
    else
        chosen="${chosen:-$python}"
    fi
done

if [ -n "$chosen" ]; then
    echo "Making .venv with $("$chosen" --version), $(command -v "$chosen") ..."
    exec "$chosen" -m venv --clear .venv
elif [ -n "$unable" ]; then
    echo "$unable cannot make environments: install its module venv (Debian, Ubuntu: apt install python3-venv), then run make again." >&2
else
    echo "Jishi needs Python 3.11 or newer: install it, or name yours, as in 'make run PYTHON=/path/to/python3.11'." >&2
fi
exit 1
