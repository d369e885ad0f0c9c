#!/bin/bash
#SBATCH -J hello
#SBATCH -o %x-%j.%u.out
#SBATCH -e err.%4j.%N
#SBATCH -t 10
#SBATCH -c 2 -n 1
#SBATCH --mem=200
. "$REPORT"
echo "to the error file" >&2
exit 0
