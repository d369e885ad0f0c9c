# report.sh: sourced by each script; writes what it finds, in the folder that it was started in.
REPORT_NAME=${REPORT_NAME:-$SLURM_JOB_NAME}
{
  env | grep '^SLURM_' | sort
  echo "CUDA_VISIBLE_DEVICES=$CUDA_VISIBLE_DEVICES"
  echo "FLOWER=$FLOWER"
  echo "MANY=$MANY"
  echo "GARDEN=$GARDEN"
  echo "PWD=$PWD"
  echo "ARGUMENTS=$*"
} >"report.$REPORT_NAME"
