#!/bin/sh
# Fetches PyTorch (5 GB on Linux, from PyPI) for `make test-sequence` and `make train-sequence`, outside the environment that
# everybody installs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
place=${BIJOU_SEQUENCE:-${XDG_CACHE_HOME:-$HOME/.cache}/bijou/sequence}

if [ ! -e "$place/.complete" ]; then
	echo 'fetching PyTorch …'
	"$here/../../.venv/bin/uv" pip install --quiet --require-hashes --target "$place/python" -r "$here/../../services/recommendation/sequence.lock"
	touch "$place/.complete"
fi
