# CloudWatch Logs through the AWS CLI; see commands.sh. Version 1 of it has no `logs tail`: what version 2
# does for it is in logs.py.

same() {
  [ "$1" = "$2" ] || {
    printf 'expected: %s\nfound:    %s\n' "$2" "$1"
    return 1
  }
}

put_logs() {
  local group=$1 message
  shift
  for message in "$@"; do
    aws logs put-log-events --log-group-name "$group" --log-stream-name s \
      --log-events "$(jq -nc --arg m "$message" --argjson t "$(date +%s%3N)" '[{timestamp: $t, message: $m}]')" \
      >/dev/null
  done
}

make_logs() {
  aws logs create-log-group --log-group-name "$1"
  aws logs create-log-stream --log-group-name "$1" --log-stream-name s
}

check_logs_groups() {
  make_logs /cli/groups
  aws logs put-retention-policy --log-group-name /cli/groups --retention-in-days 7
  same "$(aws logs describe-log-groups --log-group-name-prefix /cli/groups \
    --query 'logGroups[].[logGroupName,retentionInDays]' --output text)" "/cli/groups	7"
  put_logs /cli/groups hello
  same "$(aws logs get-log-events --log-group-name /cli/groups --log-stream-name s \
    --query 'events[].message' --output text)" hello
  aws logs delete-log-group --log-group-name /cli/groups
  if aws logs delete-log-group --log-group-name /cli/groups 2>error.txt; then return 1; fi
  grep -q ResourceNotFoundException error.txt
}

check_logs_filter_log_events() {
  make_logs /cli/filter
  put_logs /cli/filter '{"status":200}' '{"status":404}' plain
  same "$(aws logs filter-log-events --log-group-name /cli/filter --filter-pattern '{ $.status = 4* }' \
    --query 'events[].message' --output text)" '{"status":404}'
  same "$(aws logs filter-log-events --log-group-name /cli/filter --page-size 1 --query 'length(events)')" 3
}

check_logs_query() {
  make_logs /cli/query
  put_logs /cli/query '{"ms":5}' '{"ms":50}'
  local id status=Running
  id=$(aws logs start-query --log-group-name /cli/query --start-time 0 --end-time "$(date +%s)" \
    --query-string 'filter ms > 10 | stats count(*) as n, max(ms) as most' --query queryId --output text)
  while [ "$status" = Running ]; do
    status=$(aws logs get-query-results --query-id "$id" --query status --output text)
  done
  same "$(aws logs get-query-results --query-id "$id" --query 'results[0][].value' --output text)" "1	50"
}

# It tells nothing when it begins: lines are put until one is shown.
check_logs_start_live_tail() {
  make_logs /cli/live
  AWS_DISABLE_HOST_PREFIX_INJECTION=true PYTHONUNBUFFERED=1 aws logs start-live-tail \
    --log-group-identifiers "arn:aws:logs:eu-central-1:000000000000:log-group:/cli/live" >live.txt 2>live-error.txt &
  local tail=$!
  for _ in $(seq 60); do
    put_logs /cli/live heard
    if grep -q heard live.txt; then break; fi
    kill -0 "$tail" 2>/dev/null || break
  done
  kill "$tail" || true
  wait "$tail" || true
  grep -q heard live.txt || {
    cat live-error.txt
    return 1
  }
}
