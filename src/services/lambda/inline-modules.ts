// The module that AWS gives functions whose code is in a template: how a custom resource tells its stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html

const NODE = `exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, status, data, physicalId, noEcho) {
  const body = JSON.stringify({
    Status: status,
    Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
    PhysicalResourceId: physicalId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  });
  const url = new URL(event.ResponseURL);
  const request = require("https").request(
    {
      hostname: url.hostname,
      port: 443,
      path: url.pathname + url.search,
      method: "PUT",
      headers: { "content-type": "", "content-length": Buffer.byteLength(body) },
    },
    (response) => {
      response.resume();
      context.done();
    },
  );
  request.on("error", (error) => {
    console.log("The answer of the custom resource could not be sent: " + error);
    context.done();
  });
  request.end(body);
};
`;

const PYTHON = `import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    stream = context.log_stream_name
    body = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {stream}",
        "PhysicalResourceId": physicalResourceId or stream,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    data = json.dumps(body).encode()
    request = urllib.request.Request(event["ResponseURL"], data, {"content-type": ""}, method="PUT")
    try:
        urllib.request.urlopen(request).close()
    except Exception as error:
        print(f"The answer of the custom resource could not be sent: {error}")
`;

/** The files of a function whose code is one text. */
export function inlineFiles(runtime: string | undefined, code: string): Record<string, string> {
  return runtime?.startsWith("python")
    ? { "index.py": code, "cfnresponse.py": PYTHON }
    : { "index.js": code, "node_modules/cfn-response.js": NODE };
}
