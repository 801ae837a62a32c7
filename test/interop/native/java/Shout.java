package shout;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.S3Event;
import java.util.Map;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Copies an object in capitals, with a client that is told nothing of where the platform is. */
public class Shout implements RequestHandler<S3Event, Map<String, Object>> {
  private final S3Client s3 = S3Client.create();

  @Override
  public Map<String, Object> handleRequest(S3Event event, Context context) {
    var object = event.getRecords().get(0).getS3();
    String bucket = object.getBucket().getName();
    String key = object.getObject().getUrlDecodedKey();
    context.getLogger().log("copying " + key);
    String text = s3.getObjectAsBytes(get -> get.bucket(bucket).key(key)).asUtf8String();
    String target = System.getenv("TARGET");
    s3.putObject(put -> put.bucket(target).key(key), RequestBody.fromString(text.toUpperCase()));
    return Map.of("key", key, "name", context.getFunctionName());
  }
}
