#!/bin/bash
#SBATCH -J after -o after.out
#SBATCH -d afterok:1
#SBATCH --mem=50
# Job 1 is name-and-files.sh: what it wrote must be there.
. "$REPORT"
[ "$(cat report.hello | wc -l)" -gt 5 ]
