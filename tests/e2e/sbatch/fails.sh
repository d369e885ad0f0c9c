#!/bin/bash
#SBATCH --job-name=fails --output=fails.out --mem=50 --time=0-00:05
. "$REPORT"
echo "to the output"
echo "without -e, errors go there, too" >&2
exit 7
