#!/bin/bash
#SBATCH -J sweep
#SBATCH -a 1-5:2%2
#SBATCH -o %x.%A.%a.out
#SBATCH -e %x.%3a.err
#SBATCH --mem=50
REPORT_NAME=sweep.$SLURM_ARRAY_TASK_ID
. "$REPORT"
echo "element $SLURM_ARRAY_TASK_ID" >&2
exit $((SLURM_ARRAY_TASK_ID == 3))
