# Applications deployed, changed, used and removed by the tools that people deploy with, unmodified but for the
# endpoint in their environment.

PROJECTS=$(dirname "${BASH_SOURCE[0]}")/projects
PATIENCE=100

# Fails with both texts when they differ.
same() {
  [ "$1" = "$2" ] || {
    printf 'expected: %s\nfound:    %s\n' "$2" "$1"
    return 1
  }
}

# Asks until the answer is the given one: something happens in between.
becomes() {
  local wanted=$1 found
  shift
  for _ in $(seq "$PATIENCE"); do
    found=$("$@")
    [ "$found" = "$wanted" ] && return
    sleep 0.1
  done
  same "$found" "$wanted"
}

# A path of an API's stage.
at() { printf '%s/_aws/execute-api/%s/%s' "$AWS_ENDPOINT_URL" "$1" "$2"; }

output() {
  aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue"
}

# Asks for names, and fails when there are any. The CLI's word for no list at all is None.
none() {
  local found
  found=$("$@" --output text)
  [ "$found" = None ] || same "$found" ""
}

# What a stack has made is gone with it.
nothing_left() {
  none aws lambda list-functions --query "Functions[?contains(FunctionName,'$1')].FunctionName"
  none aws dynamodb list-tables --query "TableNames[?contains(@,'$1')]"
  none aws iam list-roles --query "Roles[?contains(RoleName,'$1')].RoleName"
  none aws --endpoint-url "$AWS_ENDPOINT_URL" sqs list-queues --query "QueueUrls[?contains(@,'$1')]"
  none aws apigatewayv2 get-apis --query "Items[?contains(Name,'$1')].Name"
}

check_sam_deploys_an_application() {
  export SAM_CLI_TELEMETRY=0
  cp -r "$PROJECTS/sam/." .
  sam build >/dev/null
  local deploy=(sam deploy --stack-name notes --resolve-s3 --no-confirm-changeset
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND)
  "${deploy[@]}"
  local http rest
  http=$(output notes HttpApi)
  rest=$(output notes RestApi)
  same "$(curl -fsS -X PUT -H "content-type: text/plain" -d world "$(at "$http" '$default')/notes/1")" '{"id":"1","text":"hello, world"}'
  becomes '{"text":"hello, world","count":1}' curl -fsS "$(at "$http" '$default')/notes/1"
  same "$(curl -fsS "$(at "$rest" Prod)/notes/1")" '{"text":"hello, world","count":1}'
  "${deploy[@]}" --no-fail-on-empty-changeset >/dev/null
  "${deploy[@]}" --parameter-overrides Greeting=goodbye
  same "$(curl -fsS -X PUT -H "content-type: text/plain" -d world "$(at "$http" '$default')/notes/2")" '{"id":"2","text":"goodbye, world"}'
  sam delete --stack-name notes --no-prompts
  nothing_left notes
}

check_serverless_deploys_an_application() {
  export SLS_TELEMETRY_DISABLED=1 SLS_NOTIFICATIONS_MODE=off
  cp -r "$PROJECTS/serverless/." .
  serverless deploy --region "$AWS_DEFAULT_REGION"
  local http id
  http=$(output orders-test HttpApiId)
  id=$(curl -fsS --json '{"what":"tea"}' "$(at "$http" '$default')/orders" | grep -o '[^"]*"}$' | tr -d '"}')
  becomes '{"what":"tea","packed":true}' curl -fsS "$(at "$http" '$default')/orders/$id"
  serverless deploy --region "$AWS_DEFAULT_REGION" >/dev/null
  serverless invoke --region "$AWS_DEFAULT_REGION" --function sweep
  serverless logs --region "$AWS_DEFAULT_REGION" --function pack | grep Duration >seen
  serverless remove --region "$AWS_DEFAULT_REGION"
  nothing_left orders
}

check_cdk_deploys_an_application() {
  export CDK_DEFAULT_ACCOUNT=000000000000 CDK_DEFAULT_REGION=$AWS_DEFAULT_REGION
  export CDK_DISABLE_CLI_TELEMETRY=1 AWS_REGION=$AWS_DEFAULT_REGION CI=1
  cp -r "$PROJECTS/cdk/." .
  ln -s "$NUAGE_NODE_TOOLS/node_modules" node_modules
  cdk bootstrap --no-notices
  cdk deploy --no-notices --require-approval never
  local api
  api=$(output visits ApiId)
  same "$(curl -fsS "$(at "$api" '$default')/visits/first")" '{"visits":1}'
  same "$(curl -fsS -X POST "$(at "$api" '$default')/visits/me")" welcome
  becomes '{"visits":1}' curl -fsS "$(at "$api" '$default')/visits/me"
  cdk diff --no-notices --fail
  cdk destroy --no-notices --force
  nothing_left visits
}
