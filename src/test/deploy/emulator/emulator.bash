# For bats files: start_emulator in setup_file, fork_emulator in setup, stop_emulator in teardown_file.
# Each test then has a copy of what setup_file left, and `aws` talks to that copy. Under with-emulator a file begins with a
# copy of that emulator, which takes no time; by itself it starts one.

emulator_directory=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=src/test/deploy/patience.bash
source "$emulator_directory/../patience.bash"

start_emulator() {
  if [[ -n ${EMULATOR-} ]]; then
    fork_emulator "$EMULATOR"
    export EMULATOR_ORIGIN=$EMULATOR EMULATOR_HOLD=
    return
  fi
  local variables hold=$BATS_FILE_TMPDIR/hold ready=$BATS_FILE_TMPDIR/ready
  mkfifo "$hold" "$ready"
  # shellcheck disable=SC2016 # expanded by the inner shell
  "$emulator_directory/with-emulator" bash -c 'export -p >"$1"; read -r _ <"$2" || true' _ "$ready" "$hold" 3>&- &
  variables=$(timeout "$patience" cat "$ready" | grep -E '^declare -x (PATH|EMULATOR|AWS_[A-Z_]+)=') || {
    echo "the emulator did not start" >&2
    return 1
  }
  eval "${variables//declare -x/export}"
  exec {EMULATOR_HOLD}>"$hold"
  export EMULATOR_ORIGIN=$EMULATOR
}

# fork_emulator [ENDPOINT]: of what start_emulator started, or of another copy.
fork_emulator() {
  EMULATOR=${1:-$EMULATOR_ORIGIN}
  use_emulator "$(strict fork '{}' | jq -r .endpoint)"
}

use_emulator() {
  export EMULATOR=$1 AWS_ENDPOINT_URL=$1
}

stop_emulator() {
  if [[ -z $EMULATOR_HOLD ]]; then
    use_emulator "$EMULATOR_ORIGIN"
    strict stop '{}' >/dev/null
    return
  fi
  exec {EMULATOR_HOLD}>&-
  wait
}

# strict NAME: asks the control interface. strict NAME JSON: tells it.
strict() {
  curl --silent --show-error --fail-with-body ${2:+--data "$2"} "$EMULATOR/strict/$1"
}

# expect WHAT WANTED FOUND
expect() {
  [[ $3 == "$2" ]] || {
    printf '%s\n  wanted %s\n  found  %s\n' "$@"
    return 1
  }
}
