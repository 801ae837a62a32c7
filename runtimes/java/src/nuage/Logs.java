package nuage;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The function's log: events of a logger, which may have several lines, and what is printed. Both go through
 * the platform's channel in the order they were written; its frames are in src/compute/frames.ts.
 */
final class Logs {
  private static final int CHANNEL = 3;
  private static final byte[] EVENT = "{\"type\":\"log\"}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] PRINTED = "{\"type\":\"output\"}".getBytes(StandardCharsets.UTF_8);
  private static final boolean IS_JSON = "JSON".equals(System.getenv("AWS_LAMBDA_LOG_FORMAT"));
  private static final LogLevel LEAST = leastLevel();
  private static OutputStream channel;
  private static String requestId;
  private static Method log4jPut;

  static final LambdaLogger LOGGER = new LambdaLogger() {
    @Override
    public void log(String message) {
      log(message, LogLevel.UNDEFINED);
    }

    @Override
    public void log(byte[] message) {
      send(EVENT, message, 0, message.length);
    }

    @Override
    public void log(String message, LogLevel level) {
      Logs.log(message, level);
    }

    @Override
    public void log(byte[] message, LogLevel level) {
      log(new String(message, StandardCharsets.UTF_8), level);
    }
  };

  private Logs() {}

  /** From here on everything that is printed goes through the channel. */
  static void capture() {
    channel = openChannel();
    System.setOut(new PrintStream(new Printed(), false, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new Printed(), false, StandardCharsets.UTF_8));
    try {
      // What LambdaRuntime.getLogger() gives, which logging libraries write to.
      Class<?> runtime = Class.forName("com.amazonaws.services.lambda.runtime.LambdaRuntime");
      Field logger = runtime.getDeclaredField("logger");
      logger.setAccessible(true);
      logger.set(null, LOGGER);
    } catch (ReflectiveOperationException none) {
      // The function has no such library.
    }
    try {
      Class<?> context = Class.forName("org.apache.logging.log4j.ThreadContext");
      log4jPut = context.getMethod("put", String.class, String.class);
    } catch (ReflectiveOperationException | LinkageError none) {
      // Nor this one.
    }
  }

  /** Java has no other way to a descriptor that it did not open; it is started so that this works. */
  private static OutputStream openChannel() {
    try {
      Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
      constructor.setAccessible(true);
      return new FileOutputStream(constructor.newInstance(CHANNEL));
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static void begin(String id) {
    requestId = id;
    if (log4jPut == null) return;
    try {
      log4jPut.invoke(null, "AWSRequestId", id);
    } catch (ReflectiveOperationException | LinkageError broken) {
      log4jPut = null;
    }
  }

  static void error(String report) {
    log(report, LogLevel.ERROR);
  }

  private static void log(String message, LogLevel level) {
    if (IS_JSON && level != LogLevel.UNDEFINED && level.compareTo(LEAST) < 0) return;
    String text = message == null ? "null" : message;
    byte[] bytes = (IS_JSON ? jsonEvent(text, level) : text).getBytes(StandardCharsets.UTF_8);
    send(EVENT, bytes, 0, bytes.length);
  }

  private static String jsonEvent(String message, LogLevel level) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("timestamp", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    members.put("message", message);
    members.put("level", level.name());
    if (requestId != null) members.put("AWSRequestId", requestId);
    return JsonWriter.write(members);
  }

  private static LogLevel leastLevel() {
    try {
      return LogLevel.valueOf(System.getenv("AWS_LAMBDA_LOG_LEVEL").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException | NullPointerException none) {
      return LogLevel.TRACE;
    }
  }

  private static synchronized void send(byte[] head, byte[] body, int from, int length) {
    ByteBuffer frame = ByteBuffer.allocate(8 + head.length + length);
    frame.putInt(head.length).putInt(length).put(head).put(body, from, length);
    try {
      channel.write(frame.array());
    } catch (IOException closed) {
      Runtime.getRuntime().halt(1);
    }
  }

  private static final class Printed extends OutputStream {
    @Override
    public void write(int each) {
      write(new byte[] {(byte) each}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      if (length > 0) send(PRINTED, bytes, from, length);
    }
  }
}
