# shellcheck shell=bash
#
# Takes away what identity.sh made. Sourced.

identity_delete() {
  id[role]=$(identity_name host) id[profile]=$(identity_name host)
  id[analyst]=arn:$partition:iam::$account:policy/$(identity_name analyst)
  identity_delete_profile
  identity_delete_role
  identity_delete_analyst
}

identity_delete_profile() {
  local profile=${id[profile]} found role
  found=$(ask --absent NoSuchEntity iam get-instance-profile --instance-profile-name "$profile" \
    --query 'InstanceProfile.[InstanceProfileName,Roles[0].RoleName]')
  read -r found role <<<"$found"
  [[ -n $found ]] || return 0
  [[ $role == None ]] || change remove "role $role" "from instance profile $profile" -- --absent NoSuchEntity \
    iam remove-role-from-instance-profile --instance-profile-name "$profile" --role-name "$role"
  change delete "instance profile $profile" '' -- iam delete-instance-profile --instance-profile-name "$profile"
}

identity_delete_role() {
  local role=${id[role]} found policy inline attached
  found=$(ask --absent NoSuchEntity iam get-role --role-name "$role" --query Role.RoleName)
  [[ -n $found ]] || return 0
  inline=$(ask iam list-role-policies --role-name "$role" --query 'PolicyNames[]')
  for policy in $inline; do
    change delete "policy $policy of role $role" '' -- iam delete-role-policy --role-name "$role" --policy-name "$policy"
  done
  attached=$(ask iam list-attached-role-policies --role-name "$role" --query 'AttachedPolicies[].PolicyArn')
  for policy in $attached; do
    change detach "policy ${policy##*/} of role $role" '' -- iam detach-role-policy --role-name "$role" --policy-arn "$policy"
  done
  change delete "role $role" '' -- --retry DeleteConflict iam delete-role --role-name "$role"
}

# Whoever has the policy would keep it alive, and there is nothing any more that it is about.
identity_delete_analyst() {
  local policy=${id[analyst]##*/} found kind versions
  found=$(ask --absent NoSuchEntity iam get-policy --policy-arn "${id[analyst]}" --query Policy.PolicyName)
  [[ -n $found ]] || return 0
  for kind in user group role; do
    identity_detach_analyst "$kind"
  done
  versions=$(ask iam list-policy-versions --policy-arn "${id[analyst]}" --query 'Versions[?!IsDefaultVersion].VersionId')
  identity_delete_versions "$policy" "$versions"
  change delete "policy $policy" '' -- --retry DeleteConflict iam delete-policy --policy-arn "${id[analyst]}"
}

identity_detach_analyst() {
  local kind=$1 holder holders
  holders=$(ask iam list-entities-for-policy --policy-arn "${id[analyst]}" --query "Policy${kind^}s[].${kind^}Name")
  for holder in $holders; do
    change detach "policy ${id[analyst]##*/}" "from $kind $holder" -- \
      iam "detach-$kind-policy" "--$kind-name" "$holder" --policy-arn "${id[analyst]}"
  done
}
