# The AWS CLI: every function here is a scenario, run in an empty folder of its own.

# Fails with both texts when they differ.
same() {
  [ "$1" = "$2" ] || {
    printf 'expected: %s\nfound:    %s\n' "$2" "$1"
    return 1
  }
}

# Fails when the command succeeds; keeps what it said in error.txt.
refused() {
  if "$@" 2>error.txt; then return 1; fi
}

check_sts_identity() {
  same "$(aws sts get-caller-identity --query Account --output text)" 000000000000
}

check_s3_copy_list_and_remove() {
  aws s3 mb s3://cli-small
  echo hello >small.txt
  aws s3 cp small.txt s3://cli-small/folder/small.txt
  same "$(aws s3 ls s3://cli-small/ | tr -s ' ')" " PRE folder/"
  same "$(aws s3 ls s3://cli-small/folder/ | awk '{print $3, $4}')" "6 small.txt"
  aws s3 cp s3://cli-small/folder/small.txt back.txt
  cmp small.txt back.txt
  same "$(aws s3 cp s3://cli-small/folder/small.txt -)" hello
  echo streamed | aws s3 cp - s3://cli-small/streamed
  same "$(aws s3 cp s3://cli-small/streamed -)" streamed
  aws s3 mv s3://cli-small/streamed s3://cli-small/moved
  same "$(aws s3 ls s3://cli-small | awk '/moved/ {print $4}')" moved
  aws s3 rm s3://cli-small --recursive
  aws s3 rb s3://cli-small
  refused aws s3 ls s3://cli-small
  grep -q NoSuchBucket error.txt
}

check_s3_copy_in_parts() {
  aws s3 mb s3://cli-parts
  head -c 20000003 /dev/urandom >big.bin
  aws s3 cp --no-progress big.bin s3://cli-parts/
  local head
  head=$(aws s3api head-object --bucket cli-parts --key big.bin --query '[ContentLength,ETag]' --output text)
  same "${head%%"$(printf '\t')"*}" 20000003
  [[ $head == *-3\" ]]
  aws s3 cp --no-progress s3://cli-parts/big.bin back.bin
  cmp big.bin back.bin
}

check_s3_sync() {
  aws s3 mb s3://cli-sync
  mkdir -p site/css
  echo one >site/index.html
  echo two >site/css/a.css
  # S3 tells times to the second: a file of this very second looks newer than its copy.
  touch -d '1 minute ago' site/index.html site/css/a.css
  aws s3 sync site s3://cli-sync/
  same "$(aws s3 sync site s3://cli-sync/)" ""
  echo longer >site/index.html
  rm site/css/a.css
  aws s3 sync --delete site s3://cli-sync/
  same "$(aws s3 ls --recursive s3://cli-sync/ | awk '{print $4}')" index.html
  aws s3 sync s3://cli-sync/ copy
  diff -r site/index.html copy/index.html
}

check_s3_presigned_address() {
  aws s3 mb s3://cli-presign
  echo secret | aws s3 cp - "s3://cli-presign/a b.txt"
  same "$(curl -fsS "$(aws s3 presign "s3://cli-presign/a b.txt" --expires-in 60)")" secret
}

check_s3_names_to_encode() {
  aws s3 mb s3://cli-names
  local name='späte Ernte + 100% (1) & more.txt'
  echo x >"$name"
  aws s3 cp "$name" s3://cli-names/
  same "$(aws s3api list-objects-v2 --bucket cli-names --query 'Contents[0].Key' --output text)" "$name"
  aws s3 cp "s3://cli-names/$name" back
  cmp "$name" back
}

check_lambda_life() {
  cat >index.py <<'PYTHON'
def handler(event, context):
    print("called by", event["who"])
    return "hello " + event["who"]
PYTHON
  python -m zipfile -c code.zip index.py
  aws lambda create-function --function-name cli-python --runtime python3.12 --handler index.handler \
    --role arn:aws:iam::000000000000:role/cli --zip-file fileb://code.zip >created.json
  aws lambda wait function-active-v2 --function-name cli-python
  aws lambda invoke --function-name cli-python --payload '{"who":"cli"}' --log-type Tail \
    --query LogResult --output text out.json | base64 -d >log.txt
  same "$(cat out.json)" '"hello cli"'
  grep -q 'called by cli' log.txt
  grep -q '^REPORT RequestId: ' log.txt
  sed -i 's/hello/good day/' index.py
  python -m zipfile -c code.zip index.py
  aws lambda update-function-code --function-name cli-python --zip-file fileb://code.zip >updated.json
  aws lambda wait function-updated-v2 --function-name cli-python
  aws lambda invoke --function-name cli-python --payload '{"who":"cli"}' out.json
  same "$(cat out.json)" '"good day cli"'
  same "$(aws lambda publish-version --function-name cli-python --query Version --output text)" 1
  aws lambda create-alias --function-name cli-python --name live --function-version 1 >alias.json
  local live
  live=$(aws lambda get-alias --function-name cli-python --name live --query FunctionVersion --output text)
  same "$live" 1
  aws lambda list-functions --query 'Functions[].FunctionName' --output text | grep -qw cli-python
  aws lambda delete-function --function-name cli-python
  refused aws lambda get-function --function-name cli-python
  grep -q ResourceNotFoundException error.txt
}

check_lambda_from_s3() {
  aws s3 mb s3://cli-code
  echo 'exports.run = (event, context, done) => done(null, { node: process.version[0] === "v" });' >main.js
  python -m zipfile -c code.zip main.js
  aws s3 cp code.zip s3://cli-code/
  aws lambda create-function --function-name cli-node --runtime nodejs22.x --handler main.run \
    --role arn:aws:iam::000000000000:role/cli --code S3Bucket=cli-code,S3Key=code.zip >created.json
  aws lambda wait function-active-v2 --function-name cli-node
  aws lambda invoke --function-name cli-node out.json
  same "$(cat out.json)" '{"node":true}'
}

check_what_is_missing_is_said_by_name() {
  refused aws lambda list-code-signing-configs
  grep -q 'NotImplemented.*ListCodeSigningConfigs' error.txt
  refused aws firehose list-delivery-streams
  grep -qi 'NotImplemented.*firehose' error.txt
}

check_sqs_queue() {
  # Version 1 of the CLI has an address of its own for SQS, whatever AWS_ENDPOINT_URL says.
  aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
  url=$(aws sqs create-queue --queue-name cli --query QueueUrl --output text)
  aws sqs send-message --queue-url "$url" --message-body hello >sent.json
  same "$(aws sqs receive-message --queue-url "$url" --query 'Messages[0].Body' --output text)" hello
  same "$(aws sqs get-queue-attributes --queue-url "$url" --attribute-names All \
    --query Attributes.ApproximateNumberOfMessagesNotVisible --output text)" 1
  aws sqs purge-queue --queue-url "$url"
  same "$(aws sqs list-queues --queue-name-prefix cli --query 'QueueUrls[0]' --output text)" "$url"
  aws sqs delete-queue --queue-url "$url"
  refused aws sqs get-queue-url --queue-name cli
  grep -q NonExistentQueue error.txt
}

check_dynamodb_table() {
  aws dynamodb create-table --table-name cli --billing-mode PAY_PER_REQUEST \
    --key-schema AttributeName=id,KeyType=HASH \
    --attribute-definitions AttributeName=id,AttributeType=S >table.json
  aws dynamodb wait table-exists --table-name cli
  aws dynamodb put-item --table-name cli --item '{"id":{"S":"a"},"n":{"N":"1.50"}}'
  same "$(aws dynamodb get-item --table-name cli --key '{"id":{"S":"a"}}' --query Item.n.N --output text)" 1.5
  same "$(aws dynamodb update-item --table-name cli --key '{"id":{"S":"a"}}' --return-values UPDATED_NEW \
    --update-expression 'SET n = n + :d' --expression-attribute-values '{":d":{"N":"2"}}' \
    --query Attributes.n.N --output text)" 3.5
  refused aws dynamodb put-item --table-name cli --item '{"n":{"N":"1"}}'
  grep -q 'Missing the key id in the item' error.txt
  aws dynamodb delete-table --table-name cli >/dev/null
}

check_events_rule() {
  local url arn
  url=$(aws --endpoint-url "$AWS_ENDPOINT_URL" sqs create-queue --queue-name cli-events --query QueueUrl --output text)
  arn=arn:aws:sqs:eu-central-1:000000000000:cli-events
  aws events create-event-bus --name cli >bus.json
  aws events put-rule --name all --event-bus-name cli --event-pattern '{"source":[{"prefix":"shop."}]}' >rule.json
  aws events put-targets --rule all --event-bus-name cli --targets "Id=q,Arn=$arn,InputPath=\$.detail" >targets.json
  aws events put-events --entries \
    'EventBusName=cli,Source=shop.orders,DetailType=Order,Detail="{\"n\":1}"' >put.json
  same "$(aws --endpoint-url "$AWS_ENDPOINT_URL" sqs receive-message --queue-url "$url" --wait-time-seconds 10 \
    --query 'Messages[0].Body' --output text)" '{"n":1}'
  same "$(aws events list-rules --event-bus-name cli --query 'Rules[].Name' --output text)" all
  same "$(aws events test-event-pattern --event-pattern '{"source":["s"]}' --event \
    '{"id":"1","account":"1","source":"s","time":"t","region":"r","resources":[],"detail-type":"d"}' \
    --query Result --output text)" True
  refused aws events put-rule --name r --schedule-expression 'rate(1 minutes)'
  grep -q 'Parameter ScheduleExpression is not valid' error.txt
  aws events remove-targets --rule all --event-bus-name cli --ids q >removed.json
  aws events delete-rule --name all --event-bus-name cli
  aws events delete-event-bus --name cli
}

check_kinesis_stream() {
  aws kinesis create-stream --stream-name cli --shard-count 1
  aws kinesis wait stream-exists --stream-name cli
  aws kinesis put-record --stream-name cli --partition-key k --data aGVsbG8= >put.json
  iterator=$(aws kinesis get-shard-iterator --stream-name cli --shard-id shardId-000000000000 \
    --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)
  same "$(aws kinesis get-records --shard-iterator "$iterator" --query 'Records[0].PartitionKey' --output text)" k
  same "$(aws kinesis list-streams --query 'StreamNames[?@==`cli`] | [0]' --output text)" cli
  aws kinesis update-shard-count --stream-name cli --target-shard-count 2 --scaling-type UNIFORM_SCALING \
    >scaled.json
  same "$(aws kinesis describe-stream-summary --stream-name cli \
    --query StreamDescriptionSummary.OpenShardCount --output text)" 2
  refused aws kinesis describe-stream --stream-name nowhere
  grep -q 'Stream nowhere under account 000000000000 not found' error.txt
  aws kinesis delete-stream --stream-name cli
}

check_sns_topic() {
  topic=$(aws sns create-topic --name cli --query TopicArn --output text)
  [[ $topic == arn:aws:sns:*:000000000000:cli ]]
  url=$(aws --endpoint-url "$AWS_ENDPOINT_URL" sqs create-queue --queue-name cli-topic --query QueueUrl --output text)
  aws sns subscribe --topic-arn "$topic" --protocol sqs \
    --notification-endpoint "${topic/:sns:/:sqs:}-topic" >subscription.json
  aws sns publish --topic-arn "$topic" --message hello --subject greetings >published.json
  aws --endpoint-url "$AWS_ENDPOINT_URL" sqs receive-message --queue-url "$url" --wait-time-seconds 10 \
    --query 'Messages[0].Body' --output text >body.json
  grep -q '"Message" : "hello"' body.json
  grep -q '"Subject" : "greetings"' body.json
  same "$(aws sns list-subscriptions-by-topic --topic-arn "$topic" --query 'length(Subscriptions)')" 1
  aws sns set-topic-attributes --topic-arn "$topic" --attribute-name DisplayName --attribute-value Shown
  same "$(aws sns get-topic-attributes --topic-arn "$topic" --query Attributes.DisplayName --output text)" Shown
  aws sns publish --phone-number +15551234567 --message 'by text' >text.json
  aws sns delete-topic --topic-arn "$topic"
  refused aws sns get-topic-attributes --topic-arn "$topic"
  grep -q 'NotFound' error.txt
}

check_event_sources() {
  url=$(aws --endpoint-url "$AWS_ENDPOINT_URL" sqs create-queue --queue-name cli-source --query QueueUrl --output text)
  printf 'exports.handler = async ({ Records }) => console.log("got", Records[0].body);' >index.js
  python3 -m zipfile -c source.zip index.js
  aws lambda create-function --function-name cli-source --runtime nodejs22.x --handler index.handler \
    --role arn:aws:iam::000000000000:role/cli --zip-file fileb://source.zip >made.json
  uuid=$(aws lambda create-event-source-mapping --function-name cli-source --batch-size 5 \
    --event-source-arn arn:aws:sqs:eu-central-1:000000000000:cli-source --query UUID --output text)
  aws --endpoint-url "$AWS_ENDPOINT_URL" sqs send-message --queue-url "$url" --message-body 'hello source' >sent.json
  for _ in $(seq 100); do
    aws --endpoint-url "$AWS_ENDPOINT_URL" sqs get-queue-attributes --queue-url "$url" --attribute-names All \
      --query 'Attributes.[ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible]' \
      --output text >left.txt
    [[ $(cat left.txt) == "0	0" ]] && break
    sleep 0.1
  done
  same "$(cat left.txt)" "0	0"
  same "$(aws lambda get-event-source-mapping --uuid "$uuid" --query State --output text)" Enabled
  refused aws lambda create-event-source-mapping --function-name cli-source --batch-size 11 \
    --event-source-arn arn:aws:sqs:eu-central-1:000000000000:cli-source
  grep -q 'Maximum batch window in seconds must be greater than 0' error.txt
  aws lambda delete-event-source-mapping --uuid "$uuid" >deleted.json
}
