# shellcheck shell=bash
#
# The launch template: what an instance is. AWS never changes a version, so one with the wanted checksum in its description
# is as wanted; whatever differs makes a new version. Sourced.
#
# Sets ${id[image]}; compute_template sets $template_version.

declare -A id

declare -A template_made=()
# Of the group's own version, for a rollback: its number, its document, its user-data and the release that it boots.
kept_version='' kept_data='' kept_encoded='' kept_release=''

readonly template_answer="[LaunchTemplate.LatestVersionNumber||LaunchTemplateVersion.VersionNumber,
  join('; ',Warning.Errors[].join(': ',[Code,Message])||\`[]\`)]"

# compute_template RELEASE: the version whose instances fetch RELEASE, "current" or a release reference.
compute_template() {
  local release=$1 description
  if [[ -n $kept_version ]]; then
    template_like "$release"
    return
  fi
  template_image
  template_data "$release"
  description="release=$release sha256=$(sha256 <"$work/template.json" | cut -d' ' -f1)"
  template_find "$description"
  [[ -n $template_version ]] || template_create "$description" "$release"
}

# template_find DESCRIPTION: into $template_version.
template_find() {
  local found
  found=$(ask --absent InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions \
    --launch-template-name "$name" --query "LaunchTemplateVersions[?VersionDescription=='$1'].VersionNumber")
  # Twice there only when an answer was lost on its way.
  template_version=${found%% *}
  # What was made just now need not be in the list yet, and what a plan would make never is.
  [[ -n $template_version ]] || template_version=${template_made["$mode $1"]-}
}

# template_create DESCRIPTION RELEASE
template_create() {
  local present
  present=$(ask --absent InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions \
    --launch-template-name "$name" --versions "\$Latest" --query 'LaunchTemplateVersions[].LaunchTemplateData.ImageId')
  if [[ -z $present ]]; then
    change create "launch template $name" "$(template_said "$2" "${id[image]}")" -- ec2 create-launch-template \
      --launch-template-name "$name" --version-description "$1" --launch-template-data "file://$work/template.json" \
      --tag-specifications "$(tag_specification launch-template "$name")" --query "$template_answer"
    template_answered "$1"
  else
    template_add "$1" "$(template_said "$2" "$present")"
  fi
}

# template_add DESCRIPTION DETAIL [OPTIONS…]
template_add() {
  change create "version of launch template $name" "$2" -- ec2 create-launch-template-version --launch-template-name "$name" \
    --version-description "$1" --launch-template-data "file://$work/template.json" "${@:3}" --query "$template_answer"
  template_answered "$1"
}

# template_answered DESCRIPTION
template_answered() {
  local warnings
  read -r template_version warnings <<<"$answer"
  template_made["$mode $1"]=$template_version
  warned_of "launch template $name" "$warnings"
}

# template_said RELEASE FORMER-IMAGE
template_said() {
  local image=${id[image]}
  [[ $2 == "$image" ]] || image="newer Amazon Linux $2 → $image"
  echo "$(template_named "$1"), $image"
}

template_named() {
  local release=${1%%:*}
  [[ $release == current ]] || release="release $release"
  printf '%s' "$release"
}

# The newest Amazon Linux for the instance type's processor: asked once, so that a plan and its deploy agree. With less
# memory dnf is killed, and the group would replace its instances for ever.
template_image() {
  local found memory architecture=x86_64
  [[ -z ${id[image]-} ]] || return 0
  found=$(ask --absent InvalidInstanceType ec2 describe-instance-types --instance-types "${setting[INSTANCE_TYPE]}" \
    --query "InstanceTypes[].[MemoryInfo.SizeInMiB,join(',',ProcessorInfo.SupportedArchitectures)][]")
  [[ -n $found ]] || fail "there is no instance type ${setting[INSTANCE_TYPE]} in $region: choose another INSTANCE_TYPE"
  memory=${found%% *}
  ((memory >= 1024)) || fail "INSTANCE_TYPE ${setting[INSTANCE_TYPE]} has $memory MiB of memory, and an instance needs 1024 at its first boot: choose t4g.micro or a larger one"
  [[ $found != *arm64* ]] || architecture=arm64
  id[image]=$(ask ssm get-parameter --name "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-$architecture" \
    --query Parameter.Value)
}

# For a rollback, which puts a release back and nothing else: what an instance is, and is told, stays as the group's own
# version has it, whatever settings say today.
compute_keep() {
  local found version pattern='"UserData":"([^"]*)"'
  found=$(ask autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$name" \
    --query "AutoScalingGroups[?!Status].[MinSize,TargetGroupARNs[?contains(@,':targetgroup/$name/')]|[0],LaunchTemplate.Version]")
  [[ -n $found ]] || fail "there are no instances of ${setting[ENV]} in $region, so there is nothing to go back from: make deploy creates them"
  read -r "setting[MIN_SIZE]" "id[targets]" version <<<"$found"
  setting[BALANCER]=application
  [[ ${id[targets]} != None ]] || setting[BALANCER]=none
  [[ $version == [0-9]* ]] \
    || fail "group $name is on ${version/None/none} instead of on a version of a launch template by its number: give it one with" \
      "'aws autoscaling update-auto-scaling-group --region $region --auto-scaling-group-name $name --launch-template LaunchTemplateName=$name,Version=NUMBER'"
  kept_data=$(template_document "$version")
  kept_encoded=''
  [[ ! $kept_data =~ $pattern ]] || kept_encoded=${BASH_REMATCH[1]}
  base64 -d <<<"$kept_encoded" >"$work/user-data.kept" 2>/dev/null || true
  kept_release=$(sed -n "s/^RELEASE='\([A-Za-z0-9._:-]*\)'\$/\1/p" "$work/user-data.kept")
  [[ -n $kept_release ]] || fail "version $version of launch template $name, on which the group is, has no user-data that names a release: run make deploy"
  kept_version=$version
}

template_document() {
  document --absent InvalidLaunchTemplateName.NotFoundException,InvalidLaunchTemplateId.VersionNotFound \
    ec2 describe-launch-template-versions --launch-template-name "$name" --versions "$1" \
    --query 'LaunchTemplateVersions[].LaunchTemplateData' --output json
}

# template_like RELEASE: the version that is like the kept one, but for the release.
template_like() {
  local release=$1 encoded wanted candidate description
  template_version=$kept_version
  [[ $release != "$kept_release" ]] || return 0
  encoded=$(sed "s/^RELEASE='.*/RELEASE='$release'/" "$work/user-data.kept" | base64 | tr -d '\n')
  wanted=${kept_data/"$kept_encoded"/"$encoded"}
  description="release=$release sha256=$(sha256 <<<"$wanted" | cut -d' ' -f1)"
  template_find "$description"
  [[ -z $template_version ]] || return 0
  for candidate in $(ask ec2 describe-launch-template-versions --launch-template-name "$name" \
    --query "LaunchTemplateVersions[?LaunchTemplateData.UserData=='$encoded'].VersionNumber"); do
    template_version=$candidate
    [[ $(template_document "$candidate") != "$wanted" ]] || return 0
  done
  echo "{\"UserData\":\"$encoded\"}" >"$work/template.json"
  template_add "$description" "$(template_named "$release"), else as version $kept_version" --source-version "$kept_version"
}

# template_data RELEASE: into template.json.
template_data() {
  local market=''
  user_data "$1" >"$work/user-data"
  [[ ${setting[PURCHASE]} != spot ]] || market='"InstanceMarketOptions":{"MarketType":"spot"},'
  cat >"$work/template.json" <<JSON
{"ImageId":"${id[image]}","InstanceType":"${setting[INSTANCE_TYPE]}",$market
"IamInstanceProfile":{"Name":"${id[profile]}"},"SecurityGroupIds":["${id[sg_hosts]}"],"Monitoring":{"Enabled":true},
"MetadataOptions":{"HttpEndpoint":"enabled","HttpTokens":"required","HttpPutResponseHopLimit":1},
"BlockDeviceMappings":[{"DeviceName":"/dev/xvda",
  "Ebs":{"VolumeType":"gp3","VolumeSize":${setting[VOLUME_SIZE]},"Encrypted":true,"DeleteOnTermination":true}}],
"TagSpecifications":[{"ResourceType":"instance","Tags":$(tags_json "$name")},{"ResourceType":"volume","Tags":$(tags_json "$name")}],
"UserData":"$(base64 <"$work/user-data" | tr -d '\n')"}
JSON
}
