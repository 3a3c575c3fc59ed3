#!/usr/bin/env bash
# What `make demo` shows: this manual, indexed and asked three questions of different kinds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export QUESTLINE_INDEX="${QUESTLINE_INDEX:-.questline/demo}"
command="${AGENTS:-.venv/bin/agents}"

ask() {
  printf '\n$ agents ask "%s" --trace\n' "$1"
  "$command" ask "$1" --trace
}

printf '$ export QUESTLINE_INDEX=%s\n$ agents index docs --prune\n' "$QUESTLINE_INDEX"
"$command" index docs --prune
ask "What is the default budget?"
ask "Who was born first, Ines Quarto or Edda Lunt?"
ask "How deep is the Mariana Trench?"
