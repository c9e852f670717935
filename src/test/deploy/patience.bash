# shellcheck shell=bash
#
# How long the tests wait for what has to happen. Nothing depends on how fast the machine is: only what hangs is ever waited
# for that long.

# Seconds: some hundred times what most of it takes on an idle machine of two cores.
patience=1200

# await COMMAND…: repeats it until it succeeds.
await() {
  local start=$SECONDS
  until "$@"; do
    if ((SECONDS - start > patience)); then
      echo "not within $patience s: $*" >&2
      return 1
    fi
    sleep 0.1
  done
}
