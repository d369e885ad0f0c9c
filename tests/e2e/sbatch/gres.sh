#!/bin/bash
#SBATCH -J gres -o gres.out
#SBATCH --gres=gpu:h200:1
#SBATCH --mem=100
. "$REPORT"
kill -9 $$
