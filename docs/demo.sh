#!/usr/bin/env bash
# What `make demo` shows: this manual, indexed and asked three questions of different kinds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
index=.questline/demo

agents() {
  printf '\n$ agents'
  printf ' %q' "$@"
  printf '\n'
  .venv/bin/agents "$@"
}

agents index docs --index "$index" --prune
agents ask "When was the lighthouse of Velmora first lit?" --index "$index" --trace
agents ask "Which opened first, the lighthouse of Velmora or the Sorrel Valley Railway?" --index "$index" --trace
agents ask "Who painted the ceiling of the Velmora opera house?" --index "$index" --trace
