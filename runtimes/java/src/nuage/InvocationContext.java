package nuage;

import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.util.HashMap;
import java.util.Map;

/** Of the interface that the function brings, or the platform's own: whichever comes first. */
final class InvocationContext implements Context {
  private final Invocation invocation;

  InvocationContext(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public String getAwsRequestId() {
    return invocation.id();
  }

  @Override
  public String getLogGroupName() {
    return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
  }

  @Override
  public String getLogStreamName() {
    return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
  }

  @Override
  public String getFunctionName() {
    return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
  }

  @Override
  public String getFunctionVersion() {
    return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
  }

  @Override
  public String getInvokedFunctionArn() {
    return invocation.functionArn();
  }

  /** Newer interfaces have it. */
  public String getXrayTraceId() {
    return invocation.trace();
  }

  @Override
  public int getRemainingTimeInMillis() {
    return (int) Math.max(0, invocation.deadlineMs() - System.currentTimeMillis());
  }

  @Override
  public int getMemoryLimitInMB() {
    return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
  }

  @Override
  public LambdaLogger getLogger() {
    return Logs.LOGGER;
  }

  @Override
  public CognitoIdentity getIdentity() {
    Map<?, ?> told = JsonReader.readObject(invocation.cognitoIdentity());
    return new CognitoIdentity() {
      @Override
      public String getIdentityId() {
        return text(told, "cognitoIdentityId");
      }

      @Override
      public String getIdentityPoolId() {
        return text(told, "cognitoIdentityPoolId");
      }
    };
  }

  @Override
  public ClientContext getClientContext() {
    if (invocation.clientContext() == null) return null;
    Map<?, ?> told = JsonReader.readObject(invocation.clientContext());
    return new ClientContext() {
      @Override
      public Client getClient() {
        return told.get("client") instanceof Map<?, ?> client ? clientOf(client) : null;
      }

      @Override
      public Map<String, String> getCustom() {
        return texts(told.get("custom"));
      }

      @Override
      public Map<String, String> getEnvironment() {
        return texts(told.get("env"));
      }
    };
  }

  private static Client clientOf(Map<?, ?> told) {
    return new Client() {
      @Override
      public String getInstallationId() {
        return text(told, "installation_id");
      }

      @Override
      public String getAppTitle() {
        return text(told, "app_title");
      }

      @Override
      public String getAppVersionName() {
        return text(told, "app_version_name");
      }

      @Override
      public String getAppVersionCode() {
        return text(told, "app_version_code");
      }

      @Override
      public String getAppPackageName() {
        return text(told, "app_package_name");
      }
    };
  }

  private static String text(Map<?, ?> members, String name) {
    Object value = members.get(name);
    return value == null ? null : value.toString();
  }

  private static Map<String, String> texts(Object value) {
    if (!(value instanceof Map<?, ?> members)) return null;
    Map<String, String> texts = new HashMap<>();
    members.forEach((name, each) -> texts.put(name.toString(), each == null ? null : each.toString()));
    return texts;
  }
}
