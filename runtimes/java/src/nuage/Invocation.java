package nuage;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Map;

/** What the platform hands over: the headers of its answer, with lower-case names, and the event. */
record Invocation(Map<String, String> headers, byte[] body) {
  String id() {
    return headers.getOrDefault("lambda-runtime-aws-request-id", "");
  }

  String trace() {
    return headers.getOrDefault("lambda-runtime-trace-id", "");
  }

  String functionArn() {
    return headers.getOrDefault("lambda-runtime-invoked-function-arn", "");
  }

  long deadlineMs() {
    return Long.parseLong(headers.getOrDefault("lambda-runtime-deadline-ms", "0"));
  }

  /** JSON, or null. */
  String clientContext() {
    return headers.get("lambda-runtime-client-context");
  }

  /** JSON, or null. */
  String cognitoIdentity() {
    return headers.get("lambda-runtime-cognito-identity");
  }

  InputStream event() {
    return new ByteArrayInputStream(body);
  }
}
