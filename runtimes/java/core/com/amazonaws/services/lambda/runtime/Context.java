package com.amazonaws.services.lambda.runtime;

/**
 * What a handler is told about its invocation. These interfaces come last on the class path: a function that
 * brings aws-lambda-java-core has its own, and one that leaves it to the platform, as on AWS, has these.
 */
public interface Context {
  String getAwsRequestId();

  String getLogGroupName();

  String getLogStreamName();

  String getFunctionName();

  String getFunctionVersion();

  String getInvokedFunctionArn();

  CognitoIdentity getIdentity();

  ClientContext getClientContext();

  int getRemainingTimeInMillis();

  int getMemoryLimitInMB();

  LambdaLogger getLogger();
}
