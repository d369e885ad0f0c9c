#!/bin/bash
#SBATCH -J late
#SBATCH -o late.out
#SBATCH -t 1
#SBATCH --signal=B:USR1@50
#SBATCH --mem=50
trap 'echo "warned ahead of the limit" >>late.warned' USR1
. "$REPORT"
while true; do sleep 1; done
