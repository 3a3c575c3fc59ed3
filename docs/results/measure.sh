#!/usr/bin/env bash
# Measures everything that docs/results.md shows, one JSON file a figure, then writes the page: `make results`.
# Needs the evaluation data (QUESTLINE_DATA, or ../shared/data) and a quiet machine; about 40 minutes on two cores.
# Indexes of the corpora are kept in EVAL_CACHE, or .questline/eval.
# Name parts to measure only those: docs/results/measure.sh retrieval ranking qa speed fusion suggestion clone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$PWD/.venv/bin:$PATH"
data=${QUESTLINE_DATA:-../shared/data}
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE
cache=${EVAL_CACHE:-.questline/eval}
out=docs/results
parts=${*:-speed retrieval fusion ranking qa suggestion clone}
mixed=(--corpus "$data/qa/mixed_corpus.jsonl.gz" --cache "$cache")
dev=$data/qa/mixed_dev.jsonl.gz
benchmark() { python -P -m "questline.training.benchmarks.$1" "${@:2}"; }

for part in $parts; do
  case $part in
  speed)
    benchmark indexing --corpus "$data/qa/mixed_corpus.jsonl.gz" --threads 2 --json $out/indexing.json
    benchmark ask_latency "${mixed[@]}" --questions "$dev" --source nq --limit 200 --json $out/ask_latency.json
    benchmark graph_overhead --documents docs --rounds 200 --json $out/graph_overhead.json
    benchmark start_up --json $out/start_up.json
    if [[ -f tools/models/weights/cross_encoder_l6/model.onnx ]]; then
      dl19=$data/ir/dl19_bm25_top100
      benchmark rank_speed --candidates "$dl19/candidates.jsonl.gz" --qrels "$dl19/qrels.jsonl.gz" \
        --json $out/rank_speed.json
    fi
    ;;
  clone) benchmark clean_clone --test --json $out/clean_clone.json ;;
  retrieval)
    for mode in lexical dense hybrid; do
      agents eval retrieval "${mixed[@]}" --queries "$dev" --qrels "$dev" --mode $mode --no-items \
        --json "$out/retrieval_mixed_dev_$mode.json"
    done
    for name in cisi cran time lisa; do
      for mode in lexical hybrid; do
        folder=$data/ir/$name
        agents eval retrieval --corpus "$folder/corpus.jsonl.gz" --queries "$folder/queries.jsonl.gz" \
          --qrels "$folder/qrels.jsonl.gz" --mode $mode --cache "$cache" --no-items \
          --json "$out/retrieval_${name}_$mode.json"
      done
    done
    ;;
  fusion) benchmark fusion "${mixed[@]}" --questions "$dev" --json $out/fusion.json ;;
  ranking)
    for ranker in first_stage embedded; do
      for year in 19 21; do
        folder=$data/ir/dl${year}_bm25_top100
        agents eval ranking --candidates "$folder/candidates.jsonl.gz" --qrels "$folder/qrels.jsonl.gz" \
          --ranker $ranker --relevant-from 2 --cache "$cache" --no-items --json "$out/ranking_dl${year}_$ranker.json"
      done
      for name in wikiqa trecqa; do
        agents eval ranking --questions "$data/rank/${name}_dev.jsonl.gz" --ranker $ranker --cache "$cache" --no-items \
          --json "$out/ranking_${name}_dev_$ranker.json"
      done
    done
    for year in 19 21; do
      folder=$data/ir/dl${year}_bm25_top100
      benchmark schedules --candidates "$folder/candidates.jsonl.gz" --qrels "$folder/qrels.jsonl.gz" --seeds 2 \
        --json "$out/schedules_dl$year.json"
    done
    ;;
  qa)
    for workflow in AG QR,AG R,AG QR,R,AG R,DS,AG QR,R,DS,AG QDS QDP; do
      agents eval qa "${mixed[@]}" --questions "$dev" --workflow $workflow --no-items --json "$out/qa_${workflow//,/-}.json"
    done
    agents eval qa "${mixed[@]}" --questions "$dev" --planner rule --no-items --json $out/qa_rule.json
    ;;
  suggestion)
    panes=$data/query/mimics_clickexplore_part.jsonl.gz
    for mode in encoder words; do
      agents eval suggestion --panes "$panes" --mode $mode --cache "$cache" --no-items \
        --json "$out/suggestion_mimics_$mode.json"
    done
    python -P -m questline.training.suggestion.ablation --panes "$panes" --json $out/suggestion_ablation.json
    ;;
  *) echo "unknown part $part: speed, retrieval, fusion, ranking, qa, suggestion, clone" >&2 && exit 2 ;;
  esac
done
python -P docs/results/page.py
