#!/bin/bash
#SBATCH -J bare
#SBATCH -o bare.out
#SBATCH --export=REPORT,FLOWER=tulip
#SBATCH --mem=50
. "$REPORT"
