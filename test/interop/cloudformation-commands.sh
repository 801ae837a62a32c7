# Stacks by the AWS CLI's deploy: every function here is a scenario, run in an empty folder of its own.

# Fails with both texts when they differ.
same() {
  [ "$1" = "$2" ] || {
    printf 'expected: %s\nfound:    %s\n' "$2" "$1"
    return 1
  }
}

write_application() {
  mkdir -p code
  cat >code/app.py <<'PYTHON'
import json, os
def handler(event, context):
    seen = {"path": event["path"], "greeting": os.environ["GREETING"], "queue": os.environ["QUEUE"]}
    return {"statusCode": 200, "headers": {"x-by": "stack"}, "body": json.dumps(seen)}
PYTHON
  cat >template.json <<'JSON'
{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Parameters": { "Greeting": { "Type": "String", "Default": "hello" } },
  "Conditions": { "Loud": { "Fn::Equals": [{ "Ref": "Greeting" }, "HELLO"] } },
  "Resources": {
    "Table": {
      "Type": "AWS::DynamoDB::Table",
      "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }]
      }
    },
    "Queue": { "Type": "AWS::SQS::Queue" },
    "Topic": { "Type": "AWS::SNS::Topic", "Condition": "Loud" },
    "Role": {
      "Type": "AWS::IAM::Role",
      "Properties": {
        "AssumeRolePolicyDocument": {
          "Version": "2012-10-17",
          "Statement": [
            { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }
          ]
        }
      }
    },
    "Function": {
      "Type": "AWS::Lambda::Function",
      "Properties": {
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Role": { "Fn::GetAtt": ["Role", "Arn"] },
        "Timeout": 20,
        "Code": "code",
        "Environment": {
          "Variables": {
            "GREETING": { "Ref": "Greeting" },
            "QUEUE": { "Fn::GetAtt": ["Queue", "QueueName"] }
          }
        }
      }
    },
    "Api": { "Type": "AWS::ApiGateway::RestApi", "Properties": { "Name": { "Ref": "AWS::StackName" } } },
    "Any": {
      "Type": "AWS::ApiGateway::Resource",
      "Properties": {
        "RestApiId": { "Ref": "Api" },
        "ParentId": { "Fn::GetAtt": ["Api", "RootResourceId"] },
        "PathPart": "{proxy+}"
      }
    },
    "Method": {
      "Type": "AWS::ApiGateway::Method",
      "Properties": {
        "RestApiId": { "Ref": "Api" },
        "ResourceId": { "Ref": "Any" },
        "HttpMethod": "ANY",
        "AuthorizationType": "NONE",
        "Integration": {
          "Type": "AWS_PROXY",
          "IntegrationHttpMethod": "POST",
          "Uri": {
            "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"
          }
        }
      }
    },
    "Deployment": {
      "Type": "AWS::ApiGateway::Deployment",
      "DependsOn": "Method",
      "Properties": { "RestApiId": { "Ref": "Api" }, "StageName": "v1" }
    },
    "Permission": {
      "Type": "AWS::Lambda::Permission",
      "Properties": {
        "FunctionName": { "Ref": "Function" },
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": { "Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/*" }
      }
    }
  },
  "Outputs": {
    "ApiId": { "Value": { "Ref": "Api" } },
    "Queue": { "Value": { "Fn::GetAtt": ["Queue", "QueueName"] }, "Export": { "Name": "interop-queue" } }
  }
}
JSON
}

output() {
  aws cloudformation describe-stacks --stack-name shop \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}

call_api() {
  curl -sS "$AWS_ENDPOINT_URL/_aws/execute-api/$(output ApiId)/v1/pets/1"
}

deploy() {
  aws cloudformation deploy --template-file packaged.json --stack-name shop \
    --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset "$@"
}

check_a_stack_is_deployed_called_updated_and_deleted() {
  write_application
  aws s3 mb s3://cli-artifacts
  aws cloudformation package --template-file template.json --s3-bucket cli-artifacts --use-json \
    --output-template-file packaged.json
  deploy
  local queue
  queue=$(output Queue)
  same "$(call_api)" "{\"path\": \"/pets/1\", \"greeting\": \"hello\", \"queue\": \"$queue\"}"
  deploy 2>&1 | grep -q "is up to date"
  deploy --parameter-overrides Greeting=HELLO
  same "$(call_api)" "{\"path\": \"/pets/1\", \"greeting\": \"HELLO\", \"queue\": \"$queue\"}"
  same "$(aws cloudformation list-exports --query 'Exports[?Name==`interop-queue`].Value' --output text)" "$queue"
  same "$(aws cloudformation describe-stack-resource --stack-name shop --logical-resource-id Topic \
    --query StackResourceDetail.ResourceStatus --output text)" CREATE_COMPLETE
  aws cloudformation delete-stack --stack-name shop
  aws cloudformation wait stack-delete-complete --stack-name shop
  same "$(aws dynamodb list-tables --query "TableNames[?starts_with(@, 'shop-')]" --output text)" ""
  same "$(aws lambda list-functions --query "Functions[?starts_with(FunctionName, 'shop-')]" --output text)" ""
  same "$(aws apigateway get-rest-apis --query "items[?name=='shop']" --output text)" ""
  aws s3 rb --force s3://cli-artifacts
}
