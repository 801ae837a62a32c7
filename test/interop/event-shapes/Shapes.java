// Reads one event a line, its kind and a tab before it, into the type that handlers in Java are given, by the
// serializers that Lambda's own runtime has, and writes it as they write it, its kind and a tab before it.
import static java.util.Map.entry;

import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.amazonaws.services.lambda.runtime.events.CloudWatchLogsEvent;
import com.amazonaws.services.lambda.runtime.events.DynamodbEvent;
import com.amazonaws.services.lambda.runtime.events.DynamodbTimeWindowEvent;
import com.amazonaws.services.lambda.runtime.events.KinesisEvent;
import com.amazonaws.services.lambda.runtime.events.KinesisTimeWindowEvent;
import com.amazonaws.services.lambda.runtime.events.LambdaDestinationEvent;
import com.amazonaws.services.lambda.runtime.events.S3Event;
import com.amazonaws.services.lambda.runtime.events.SNSEvent;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

public class Shapes {
  private static final Map<String, Class<?>> TYPES =
      Map.ofEntries(
          entry("s3", S3Event.class),
          entry("sns", SNSEvent.class),
          entry("sqs", SQSEvent.class),
          entry("kinesis", KinesisEvent.class),
          entry("kinesis window", KinesisTimeWindowEvent.class),
          entry("dynamodb", DynamodbEvent.class),
          entry("dynamodb window", DynamodbTimeWindowEvent.class),
          entry("events", ScheduledEvent.class),
          entry("logs", CloudWatchLogsEvent.class),
          entry("rest api", APIGatewayProxyRequestEvent.class),
          entry("http api", APIGatewayV2HTTPEvent.class),
          entry("url", APIGatewayV2HTTPEvent.class),
          entry("destination", LambdaDestinationEvent.class));

  private static <T> String again(Class<T> type, String event) {
    PojoSerializer<T> serializer =
        LambdaEventSerializers.serializerFor(type, Shapes.class.getClassLoader());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    serializer.toJson(serializer.fromJson(event), out);
    return out.toString(StandardCharsets.UTF_8);
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split("\t", 2);
      Class<?> type = TYPES.get(parts[0]);
      if (type != null) out.println(parts[0] + "\t" + again(type, parts[1]));
    }
  }
}
