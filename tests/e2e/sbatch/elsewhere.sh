#!/bin/bash
#SBATCH -J elsewhere
#SBATCH -D deeper
#SBATCH -o here.out
#SBATCH --export=ALL,FLOWER=rose,MANY='a,b'
#SBATCH --mem=50
. "$REPORT"
