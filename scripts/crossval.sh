#!/bin/sh
# Rasa's own cross-validation of the pipeline, in three folds; the report goes to results/.
set -eu
mkdir -p results/tmp
echo "Kiểm định chéo 3 phần (vài phút)…"
env PYTHONPATH="$PWD" RASA_TELEMETRY_ENABLED=false LOG_LEVEL=WARNING RASA_MAX_CACHE_SIZE=0 TF_CPP_MIN_LOG_LEVEL=3 \
    PYTHONWARNINGS=ignore TMPDIR="$PWD/results/tmp" \
    .venv-nlu/bin/python -m rasa test nlu --cross-validation --folds 3 --config bot/nlu/config.yml \
    --nlu training_data --out results --no-plot >results/rasa.log 2>&1 || { tail -20 results/rasa.log >&2; exit 1; }
.venv/bin/python scripts/crossval_report.py results/intent_report.json
