#!/bin/bash
#SBATCH --job-name=gpus
#SBATCH --output=%x.out
#SBATCH -N 1 -n 1
#SBATCH -G 2
#SBATCH --mem=100M
#SBATCH --time=5:00
. "$REPORT"
