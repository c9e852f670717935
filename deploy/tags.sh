# shellcheck shell=bash
#
# The tags of what the deployment makes: its name, the deployment, and TAGS, by which a bill can be split. Sourced.
#
# What is made gets all of them. Of what stands already, that gets TAGS which costs something; tags that were given up stay,
# because nobody knows who else has come to rely on them.

declare -gA setting id endpoint_found

# tag_words NAME: KEY=VALUE…, in order.
tag_words() {
  # shellcheck disable=SC2086 # one word each
  printf '%s\n' "Name=$1" "fleetdash:environment=${setting[ENV]}" ${setting[TAGS]//,/ } | LC_ALL=C sort | xargs
}

# tags_as FORMAT NAME: each tag as printf puts its key and its value, with commas between.
tags_as() {
  local word list=''
  for word in $(tag_words "$2"); do
    # shellcheck disable=SC2059 # a format
    list+=,$(printf "$1" "${word%%=*}" "${word#*=}")
  done
  printf '%s' "${list:1}"
}

# tags NAME: as `Tags=…` of --tag-specifications takes them.
tags() {
  printf '[%s]' "$(tags_as '{Key=%s,Value=%s}' "$1")"
}

# tags_json NAME: as --tags and documents take them.
tags_json() {
  printf '[%s]' "$(tags_as '{"Key":"%s","Value":"%s"}' "$1")"
}

# tags_map NAME: as CloudWatch Logs takes them.
tags_map() {
  printf '{%s}' "$(tags_as '"%s":"%s"' "$1")"
}

# tags_filter: of a JMESPath list of tags, those that are ours.
tags_filter() {
  printf '[?contains([%s],Key)]' "$(tags_as "'%s'%.0s" "$name")"
}

tags_ensure() {
  [[ -n ${setting[TAGS]} ]] || return 0
  tags_of_network
  ! balanced || tags_of_balancer
}

# Instances and disks have theirs from the launch template.
tags_of_network() {
  local found resource word ids='' missing=''
  for resource in "${id[nat_a]-}" "${id[nat_b]-}" $(found "$name-a,$name-b" describe-addresses 'Addresses[].AllocationId') \
    "${endpoint_found[@]%%/*}"; do
    ! known "$resource" || ids+=${ids:+,}$resource
  done
  [[ -n $ids ]] || return 0
  found=" $(ask ec2 describe-tags --filters "Name=resource-id,Values=$ids" --query "Tags$(tags_filter).join('=',[ResourceId,Key,Value])") "
  for resource in ${ids//,/ }; do
    for word in ${setting[TAGS]//,/ }; do
      [[ $found == *" $resource=$word "* || " $missing " == *" $resource "* ]] || missing+=${missing:+ }$resource
    done
  done
  # shellcheck disable=SC2086,SC2046 # ids and tags, one word each
  [[ -z $missing ]] || change tag "network of $name" "$missing" -- ec2 create-tags --resources $missing --tags $(tags_given)
}

tags_of_balancer() {
  local arn found
  for arn in "${id[balancer]}" "${id[targets]}"; do
    known "$arn" || continue
    found=$(ask elbv2 describe-tags --resource-arns "$arn" --query "sort(TagDescriptions[].Tags$(tags_filter)[].join('=',[Key,Value]))")
    # shellcheck disable=SC2046 # one word each
    keep "tags of $(cut -d: -f6 <<<"$arn" | cut -d/ -f1) $name" "$(tag_words "$name")" "$found" -- \
      elbv2 add-tags --resource-arns "$arn" --tags $(tags_given)
  done
}

# TAGS as --tags of EC2 and the balancers take them.
tags_given() {
  local word
  for word in ${setting[TAGS]//,/ }; do
    printf 'Key=%s,Value=%s\n' "${word%%=*}" "${word#*=}"
  done
}
