#!/bin/sh
# Find a Python that is new enough and let it make the virtual environment given as $1.
# A version manager's shim may exist for a version that does not: so each candidate is run.
set -eu
for python in "${UPKEEP_PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        exec "$python" tools/bootstrap.py "$@"
    fi
done
echo "python 3.11 or newer is needed and none was found on PATH (UPKEEP_PYTHON names another)" >&2
exit 1
