# shellcheck shell=bash
#
# What the instances may do, and what people may who evaluate the archive. Sourced.
#
# Sets ${id[role]} and ${id[profile]} to the names of the instances' role and profile, ${id[analyst]} to the ARN of the
# policy for analysts. Roles are one name space in all regions of an account, so that the region is part of the names.

declare -A id

identity_ensure() {
  id[role]=$(identity_name host) id[profile]=$(identity_name host)
  identity_role
  identity_profile
  identity_analyst
}

identity_name() {
  printf '%s-%s-%s' "$name" "$region" "$1"
}

identity_role() {
  local role=${id[role]} wanted found policy inline attached
  local -a boundary=()
  [[ -z ${setting[PERMISSIONS_BOUNDARY]} ]] || boundary=(--permissions-boundary "${setting[PERMISSIONS_BOUNDARY]}")
  wanted=$(identity_trust | tr -d '[:space:]')
  found=$(document --absent NoSuchEntity iam get-role --role-name "$role" --query Role.AssumeRolePolicyDocument --output json)
  if [[ -z $found ]]; then
    change create "role $role" 'of the instances' -- iam create-role --role-name "$role" --assume-role-policy-document "$wanted" \
      --description "Instances of $name" "${boundary[@]}" --tags "$(tags_json "$role")" --query Role.Arn
  else
    keep "trust of role $role" "$(canonical <<<"$wanted")" "$found" -- iam update-assume-role-policy --role-name "$role" --policy-document "$wanted"
    # One that somebody else put there stays.
    if [[ -n ${setting[PERMISSIONS_BOUNDARY]} ]]; then
      found=$(ask iam get-role --role-name "$role" --query Role.PermissionsBoundary.PermissionsBoundaryArn)
      keep "boundary of role $role" "${setting[PERMISSIONS_BOUNDARY]}" "$found" -- \
        iam put-role-permissions-boundary --role-name "$role" "${boundary[@]}"
    fi
  fi
  wanted=$(identity_role_policy | tr -d '[:space:]')
  found=$(document --absent NoSuchEntity iam get-role-policy --role-name "$role" --policy-name host --query PolicyDocument --output json)
  keep "permissions of role $role" "$(canonical <<<"$wanted")" "$found" -- --retry NoSuchEntity \
    iam put-role-policy --role-name "$role" --policy-name host --policy-document "$wanted"

  # Whatever else is there widens what an instance may do, so that it goes.
  inline=$(ask --absent NoSuchEntity iam list-role-policies --role-name "$role" --query "PolicyNames[?@!='host']")
  for policy in $inline; do
    change delete "policy $policy of role $role" 'not ours' -- iam delete-role-policy --role-name "$role" --policy-name "$policy"
  done
  attached=$(ask --absent NoSuchEntity iam list-attached-role-policies --role-name "$role" --query 'AttachedPolicies[].PolicyArn')
  for policy in $attached; do
    change detach "policy ${policy##*/} of role $role" 'not ours' -- iam detach-role-policy --role-name "$role" --policy-arn "$policy"
  done
}

identity_profile() {
  local profile=${id[profile]} found role
  found=$(ask --absent NoSuchEntity iam get-instance-profile --instance-profile-name "$profile" \
    --query 'InstanceProfile.[InstanceProfileName,Roles[0].RoleName]')
  read -r found role <<<"$found"
  [[ -n $found ]] || change create "instance profile $profile" '' -- --absent EntityAlreadyExists iam create-instance-profile \
    --instance-profile-name "$profile" --tags "$(tags_json "$profile")" --query InstanceProfile.Arn
  if [[ ${role:-None} != "${id[role]}" ]]; then
    # There is room for one role only.
    [[ ${role:-None} == None ]] || change remove "role $role of instance profile $profile" 'not ours' -- \
      iam remove-role-from-instance-profile --instance-profile-name "$profile" --role-name "$role"
    change add "role ${id[role]}" "to instance profile $profile" -- --retry NoSuchEntity \
      iam add-role-to-instance-profile --instance-profile-name "$profile" --role-name "${id[role]}"
  fi
}

identity_analyst() {
  local policy version wanted found='' oldest
  policy=$(identity_name analyst)
  id[analyst]=arn:$partition:iam::$account:policy/$policy
  wanted=$(identity_analyst_policy | tr -d '[:space:]')
  version=$(ask --absent NoSuchEntity iam get-policy --policy-arn "${id[analyst]}" --query Policy.DefaultVersionId)
  if [[ -z $version ]]; then
    change create "policy $policy" 'for whoever evaluates the archive' -- iam create-policy --policy-name "$policy" \
      --policy-document "$wanted" --tags "$(tags_json "$policy")" --query Policy.Arn
    return
  fi
  found=$(document iam get-policy-version --policy-arn "${id[analyst]}" --version-id "$version" \
    --query PolicyVersion.Document --output json)
  if [[ $found != "$(canonical <<<"$wanted")" ]]; then
    # AWS keeps five versions of a policy.
    oldest=$(ask iam list-policy-versions --policy-arn "${id[analyst]}" \
      --query 'sort_by(Versions,&CreateDate)[?!IsDefaultVersion].VersionId | [:-3]')
    identity_delete_versions "$policy" "$oldest"
    keep "policy $policy" "$wanted" "$found" -- iam create-policy-version --policy-arn "${id[analyst]}" \
      --policy-document "$wanted" --set-as-default --query PolicyVersion.VersionId
  fi
}

identity_delete_versions() {
  local version
  for version in $2; do
    change delete "version $version of policy $1" '' -- iam delete-policy-version --policy-arn "${id[analyst]}" --version-id "$version"
  done
}
