import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { HttpApi, HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from "aws-cdk-lib/custom-resources";

// Visits, counted by a queue's reader; the first one is put there by a custom resource.
const app = new App();
const stack = new Stack(app, "visits", {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
const table = new Table(stack, "Visits", {
  partitionKey: { name: "id", type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
});
const queue = new Queue(stack, "Arrivals", { visibilityTimeout: Duration.seconds(60) });
new Bucket(stack, "Pages", { autoDeleteObjects: true, removalPolicy: RemovalPolicy.DESTROY });
const greeting = new StringParameter(stack, "Greeting", { stringValue: "welcome" });

const make = (name, handler) => {
  const made = new LambdaFunction(stack, name, {
    runtime: Runtime.NODEJS_20_X,
    handler: `visits.${handler}`,
    code: Code.fromAsset("handler"),
    environment: { TABLE: table.tableName, QUEUE: queue.queueUrl, GREETING: greeting.parameterName },
  });
  table.grantReadWriteData(made);
  queue.grantSendMessages(made);
  greeting.grantRead(made);
  return made;
};

const api = new HttpApi(stack, "Api");
api.addRoutes({
  path: "/visits/{id}",
  methods: [HttpMethod.POST],
  integration: new HttpLambdaIntegration("Arrive", make("Arrive", "arrive")),
});
api.addRoutes({
  path: "/visits/{id}",
  methods: [HttpMethod.GET],
  integration: new HttpLambdaIntegration("Look", make("Look", "look")),
});
make("Count", "count").addEventSource(new SqsEventSource(queue));

const first = new AwsCustomResource(stack, "First", {
  onCreate: {
    service: "DynamoDB",
    action: "PutItem",
    parameters: { TableName: table.tableName, Item: { id: { S: "first" }, visits: { N: "1" } } },
    physicalResourceId: PhysicalResourceId.of("first"),
  },
  policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
  installLatestAwsSdk: false,
});
first.node.addDependency(table);

new CfnOutput(stack, "ApiId", { value: api.apiId });
