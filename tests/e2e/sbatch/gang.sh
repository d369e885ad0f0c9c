#!/bin/bash
#SBATCH -J gang -o gang.out
#SBATCH -n 2 -c 1 --gpus-per-task=1
#SBATCH --mem=128
# Slurm runs this once, with rank 0; Busbar once for each rank. Each rank therefore writes a report of its own.
REPORT_NAME=gang.$SLURM_PROCID
. "$REPORT"
