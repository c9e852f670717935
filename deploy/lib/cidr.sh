# shellcheck shell=bash
#
# Arithmetic with IPv4 blocks. Sourced.

cidr_is_valid() {
  [[ $1 =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})/([0-9]{1,2})$ ]] || return 1
  local part
  for part in "${BASH_REMATCH[@]:1:4}"; do
    ((10#$part <= 255)) || return 1
  done
  ((10#${BASH_REMATCH[5]} <= 32)) || return 1
  (($(cidr_first "$1") == $(cidr_number "${1%/*}")))
}

# Big enough for four subnets with room for a balancer (it wants /27 or larger), small enough for a VPC.
cidr_is_private_block() {
  cidr_is_valid "$1" && ((${1#*/} >= 16 && ${1#*/} <= 24)) || return 1
  local private
  for private in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16; do
    if cidr_overlaps "$1" "$private"; then
      return 0
    fi
  done
  return 1
}

cidr_number() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  echo $((10#$a << 24 | 10#$b << 16 | 10#$c << 8 | 10#$d))
}

cidr_address() {
  echo "$(($1 >> 24 & 255)).$(($1 >> 16 & 255)).$(($1 >> 8 & 255)).$(($1 & 255))"
}

cidr_first() {
  echo $(($(cidr_number "${1%/*}") & ~($(cidr_size "$1") - 1)))
}

cidr_last() {
  echo $(($(cidr_first "$1") + $(cidr_size "$1") - 1))
}

cidr_size() {
  echo $((1 << (32 - ${1#*/})))
}

cidr_overlaps() {
  (($(cidr_first "$1") <= $(cidr_last "$2") && $(cidr_first "$2") <= $(cidr_last "$1")))
}

# cidr_within BLOCK OTHERS…: whether all of a block lies in one of the others.
cidr_within() {
  local block=$1 other
  shift
  for other in "$@"; do
    if (($(cidr_first "$other") <= $(cidr_first "$block") && $(cidr_last "$block") <= $(cidr_last "$other"))); then
      return 0
    fi
  done
  return 1
}

# cidr_quarter BLOCK N: the Nth, from 0, of the four equal parts of a block.
cidr_quarter() {
  local size=$(($(cidr_size "$1") / 4))
  echo "$(cidr_address $(($(cidr_first "$1") + $2 * size)))/$((${1#*/} + 2))"
}

# cidr_free BLOCK TAKEN…: the next block of the same size after BLOCK that overlaps none of the others.
cidr_free() {
  local block=$1 other size
  shift
  size=$(cidr_size "$block")
  for other in "$@" "$@"; do
    if cidr_overlaps "$block" "$other"; then
      block=$(cidr_address $((($(cidr_last "$other") / size + 1) * size)))/${block#*/}
    fi
  done
  echo "$block"
}
