#!/usr/bin/env bash
# Installs the queues that the bench `drain` measures beside ours: benches/drain/peers/setup.sh FOLDER
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
from=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
cd "$1"
cp "$from"/package.json "$from"/package-lock.json "$from"/*.js "$from"/*.py .
npm ci --silent --no-audit --no-fund
[ -x venv/bin/python ] || python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --requirement "$from/requirements.txt"
cargo build --release --locked --manifest-path "$from/apalis/Cargo.toml" --target-dir apalis
cp apalis/release/apalis_peer .
