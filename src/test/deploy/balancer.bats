#!/usr/bin/env bats
#
# The balancer against the emulator, property by property, after the practice of the Well-Architected Framework that it
# serves (REL: reliability, SEC: security), and what is done by hand to it put right.

bats_require_minimum_version 1.5.0
load parts

setup_file() {
  base_of 'network_ensure security_ensure balancer_ensure'
  openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=fleetdash.example -days 1 \
    -keyout "$BATS_FILE_TMPDIR/key" -out "$BATS_FILE_TMPDIR/certificate" 2>/dev/null
  certificate=$(aws acm import-certificate --certificate "fileb://$BATS_FILE_TMPDIR/certificate" \
    --private-key "fileb://$BATS_FILE_TMPDIR/key" --query CertificateArn --output text)
  export certificate
}

teardown_file() {
  stop_emulator
}

setup() {
  fork_emulator
  balancer=$(reads 'LoadBalancers[0].LoadBalancerArn' elbv2 describe-load-balancers --names fleetdash-prod)
  targets=$(reads 'TargetGroups[0].TargetGroupArn' elbv2 describe-target-groups --names fleetdash-prod)
}

listener() {
  reads "Listeners[?Port==\`$1\`].ListenerArn" elbv2 describe-listeners --load-balancer-arn "$balancer"
}

# rules PORT: priority, conditions and what is done.
rules() {
  aws elbv2 describe-rules --listener-arn "$(listener "$1")" --output json | jq -r '
    .Rules | sort_by(if .IsDefault then 99999 else (.Priority | tonumber) end)[] | [.Priority,
      ([.Conditions[] | (.PathPatternConfig // .SourceIpConfig).Values | join(",")] | join(" from ")),
      ([.Actions[] | [.Type, .FixedResponseConfig.StatusCode, .AuthenticateOidcConfig.OnUnauthenticatedRequest]
        | map(values) | join(" ")] | join(", "))] | join("|")'
}

attribute() {
  reads "Attributes[?Key=='$2'].Value" elbv2 "describe-$1-attributes" "--$1-arn" "$3"
}

@test "the table of properties holds" {
  local lb=load-balancer tg=target-group
  expect 'REL10-BP01 deploy the workload to multiple locations: two zones' 2 \
    "$(reads 'length(LoadBalancers[0].AvailabilityZones[].ZoneName)' elbv2 describe-load-balancers --load-balancer-arns "$balancer")"
  expect 'REL11-BP01 monitor all components to detect failures: /health each 5 s, 2 good, 3 bad' 'HTTP /health 5 3 2 3 200' \
    "$(reads 'TargetGroups[0].[HealthCheckProtocol,HealthCheckPath,HealthCheckIntervalSeconds,HealthCheckTimeoutSeconds,HealthyThresholdCount,UnhealthyThresholdCount,Matcher.HttpCode]' \
      elbv2 describe-target-groups --target-group-arns "$targets")"
  expect 'Reliability: requests end before an instance does' 20 "$(attribute $tg deregistration_delay.timeout_seconds "$targets")"
  expect 'Reliability: any node serves anyone' false "$(attribute $tg stickiness.enabled "$targets")"
  expect 'Reliability: idle connections end here before they do there' 25 "$(attribute $lb idle_timeout.timeout_seconds "$balancer")"
  expect 'Reliability: nobody deletes it by mistake' true "$(attribute $lb deletion_protection.enabled "$balancer")"
  expect 'Security: malformed headers are dropped' true "$(attribute $lb routing.http.drop_invalid_header_fields.enabled "$balancer")"
  expect 'Security: request smuggling is defended against' defensive "$(attribute $lb routing.http.desync_mitigation_mode "$balancer")"
  expect 'Performance: HTTP/2' true "$(attribute $lb routing.http2.enabled "$balancer")"
  expect 'Operations: it is tagged' 'fleetdash-prod prod' "$(reads "TagDescriptions[0].Tags | sort_by(@,&Key)[].Value" elbv2 describe-tags --resource-arns "$balancer")"
}

@test "each path has a rule of its own, and metrics and peers are closed" {
  run rules 80
  echo "$output"
  [ "$output" = '10|/peer,/peer/*|fixed-response 403
30|/metrics,/metrics/*|fixed-response 403
40|/health|forward
50|/health/*|forward
60|/api/*|forward
default||forward' ]
}

@test "METRICS_CIDR opens metrics for its blocks, three a rule, and closes them again" {
  changes balancer_ensure METRICS_CIDR=203.0.113.0/28,203.0.113.64/28,203.0.113.32/28,203.0.113.16/28
  run rules 80
  [[ $output == *'20|/metrics from 203.0.113.0/28,203.0.113.32/28,203.0.113.64/28|forward'* ]]
  [[ $output == *'21|/metrics from 203.0.113.16/28|forward'*'30|/metrics,/metrics/*|fixed-response 403'* ]]
  [ "$(changes balancer_ensure)" = $'DeleteRule\nDeleteRule' ]
}

@test "with a certificate the URL is by a name that it has" {
  local dns
  dns=$(reads 'LoadBalancers[].DNSName' elbv2 describe-load-balancers)
  [[ $(plan balancer_url) == "http://$dns"* ]]
  [[ $(plan balancer_url DOMAIN=dash.example.org) == https://dash.example.org* ]]
  [[ $(plan balancer_url DOMAIN=dash.example.org CERTIFICATE_ARN=none) == "http://$dns"* ]]
  [[ $(plan balancer_url CERTIFICATE_ARN="$certificate" DOMAIN=dash.example.org,b.example.org) == https://dash.example.org* ]]
  [[ $(plan balancer_url CERTIFICATE_ARN="$certificate") == "https://$dns"* ]]
}

@test "a second run changes nothing" {
  [ -z "$(changes balancer_ensure)" ]
}

@test "a listener stays closed until its rules are there" {
  run changes balancer_ensure CERTIFICATE_ARN="$certificate"
  [[ $output == *CreateListener*CreateRule*CreateRule*CreateRule*CreateRule*CreateRule*ModifyListener* ]]
}

@test "HTTPS: TLS 1.2 at least, and HTTP only leads there; a second run changes nothing; back again" {
  changes balancer_ensure CERTIFICATE_ARN="$certificate"
  expect 'SEC09-BP02 enforce encryption in transit' "443 HTTPS ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 $certificate" \
    "$(reads "Listeners[?Port==\`443\`].[Port,Protocol,SslPolicy,Certificates[0].CertificateArn]" \
      elbv2 describe-listeners --load-balancer-arn "$balancer")"
  expect 'SEC09-BP02 enforce encryption in transit' 'redirect HTTPS 443 HTTP_301' \
    "$(reads "Listeners[?Port==\`80\`].DefaultActions[].[Type,RedirectConfig.Protocol,RedirectConfig.Port,RedirectConfig.StatusCode]" \
      elbv2 describe-listeners --load-balancer-arn "$balancer")"
  [ "$(rules 80)" = 'default||redirect' ]
  [ -z "$(changes balancer_ensure CERTIFICATE_ARN="$certificate")" ]

  changes balancer_ensure
  [ -z "$(listener 443)" ]
  [[ $(rules 80) == *'30|/metrics,/metrics/*|fixed-response 403'*'default||forward' ]]
}

@test "sign-in is asked of everything but whether it is up; its secret is said nowhere, and a new one is noticed" {
  local settings=(CERTIFICATE_ARN="$certificate" OIDC_ISSUER=https://id.example OIDC_AUTHORIZATION_ENDPOINT=https://id.example/a
    OIDC_TOKEN_ENDPOINT=https://id.example/t OIDC_USER_INFO_ENDPOINT=https://id.example/u OIDC_CLIENT_ID=fleetdash)
  changes balancer_ensure "${settings[@]}" OIDC_CLIENT_SECRET='say-"nothing"'
  run ! grep -r nothing "$BATS_TEST_TMPDIR"
  run rules 443
  echo "$output"
  [ "$output" = '10|/peer,/peer/*|fixed-response 403
30|/metrics,/metrics/*|fixed-response 403
40|/health|forward
50|/health/*|authenticate-oidc authenticate, forward
60|/api/*|authenticate-oidc deny, forward
default||authenticate-oidc authenticate, forward' ]
  [ -z "$(changes balancer_ensure "${settings[@]}" OIDC_CLIENT_SECRET='say-"nothing"')" ]

  run changes balancer_ensure "${settings[@]}" OIDC_CLIENT_SECRET=another
  [ "$output" = $'ModifyRule\nModifyRule\nModifyListener\nAddTags' ]
}

@test "what was done by hand is put right" {
  local rule
  rule=$(reads "Rules[?Priority=='30'].RuleArn" elbv2 describe-rules --listener-arn "$(listener 80)")
  aws elbv2 modify-rule --rule-arn "$rule" --actions "Type=forward,TargetGroupArn=$targets" >/dev/null
  aws elbv2 create-rule --listener-arn "$(listener 80)" --priority 5 --conditions Field=path-pattern,Values=/peer/x \
    --actions "Type=forward,TargetGroupArn=$targets" >/dev/null
  aws elbv2 modify-target-group --target-group-arn "$targets" --health-check-path / >/dev/null
  aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$balancer" \
    --attributes Key=routing.http.drop_invalid_header_fields.enabled,Value=false >/dev/null

  run changes balancer_ensure
  [ "$output" = $'ModifyTargetGroup\nModifyLoadBalancerAttributes\nModifyRule\nDeleteRule' ]
  [[ $(rules 80) == '10|/peer,/peer/*|fixed-response 403'*'30|/metrics,/metrics/*|fixed-response 403'* ]]
  [ -z "$(changes balancer_ensure)" ]
}

@test "access logs go to their bucket, and stop" {
  changes storage_ensure ACCESS_LOGS=yes
  [ "$(changes balancer_ensure ACCESS_LOGS=yes)" = ModifyLoadBalancerAttributes ]
  expect 'SEC04-BP01 configure service and application logging' 'true fleetdash-prod-123456789012-eu-central-1-logs balancer' \
    "$(for key in enabled bucket prefix; do
      attribute load-balancer access_logs.s3.$key "$balancer"
      echo
    done | paste -sd ' ' -)"
  [ -z "$(changes balancer_ensure ACCESS_LOGS=yes)" ]
  [ "$(changes balancer_ensure)" = ModifyLoadBalancerAttributes ]
}

@test "it goes as a whole, although it is protected, and then there is nothing to delete" {
  run changes balancer_delete
  [ "$output" = $'ModifyLoadBalancerAttributes\nDeleteLoadBalancer\nDeleteTargetGroup' ]
  [ -z "$(changes balancer_delete)" ]
}
