# Read by the scripts beside it: sets $python to PYTHON, or the first Python 3 on PATH, in the usual places or in .venv.
python=${PYTHON:-}
if [ -z "$python" ]; then
  for candidate in "$(command -v python3)" /usr/local/bin/python3 /usr/bin/python3 "$here/../.venv/bin/python"; do
    if [ -x "$candidate" ]; then python=$candidate; break; fi
  done
fi
if ! command -v "$python" >/dev/null; then
  echo "${python:-python3} is not there: install Python 3.11 or newer, or name it: PYTHON=/path/to/python3 $0" >&2
  exit 1
fi
