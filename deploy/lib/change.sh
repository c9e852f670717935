# shellcheck shell=bash
#
# The one way in which anything is changed. Sourced.
#
# Each resource's script reads what is there and calls `change` or `keep` for what differs. In a plan that is only
# noted down, and what does not exist yet has the id "(new)"; in a deploy it is done. So plan, deploy and the search
# for drift are one and the same code.

mode=plan
changes=()

# An id that can be asked about: not empty, and not of something that a plan would create.
known() {
  [[ -n $1 && $1 != '(new)' ]]
}

# change VERB WHAT DETAIL -- ARGUMENTS of ask…; what the CLI answers is in $answer.
change() {
  local verb=$1 what=$2 detail=$3
  shift 4
  answer='(new)'
  changes+=("$verb"$'\t'"$what"$'\t'"$detail")
  [[ $mode == apply ]] || return 0
  lease_hold
  log "$verb $what${detail:+: $detail}"
  answer=$(ask "$@")
}

# change_each …: change, for a call that succeeds and lists what it refused.
change_each() {
  local code
  change "$@" --query 'Unsuccessful[].Error.[Code,Message]'
  code=${answer%% *}
  [[ $mode == apply && -n $code && $1/$code != delete/*.NotFound ]] || return 0
  printf '%s\n' "${answer#* }" >"$work/error"
  explain "$code" "$work/error" "$1 $2"
}

# warned_of WHAT WARNINGS: what AWS has to say of what it has done all the same.
warned_of() {
  [[ $mode == plan || -z $2 ]] || warn "$1: $2"
}

# keep WHAT WANTED FOUND -- ARGUMENTS…: changes what is there unless it is as wanted.
keep() {
  local what=$1 wanted=$2 found=$3
  shift 4
  [[ $found != "$wanted" ]] || return 0
  change "$([[ -n $found ]] && echo change || echo set)" "$what" "$(difference "$wanted" "$found")" -- "$@"
}

# What differs, short enough for a line; policies and templates are too long to be shown.
difference() {
  local wanted=$1 found=$2
  if ((${#wanted} > 60 || ${#found} > 60)); then
    return
  fi
  printf '%s' "${found:+$found → }$wanted"
}
