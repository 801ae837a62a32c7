package nuage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Why a function gave no answer, in the shape that AWS's runtime for Java tells it. */
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final String OWN_PACKAGE = "nuage.";
  /** It stops the init phase; others are told at the first invocation. */
  final boolean isFatal;
  private final boolean isEarly;
  private final String type;
  private final Throwable thrown;

  /** Before the handler ran. `type` and `thrown` may be null. */
  Failure(String message, String type, Throwable thrown, boolean isFatal) {
    this(message, type, thrown, isFatal, true);
  }

  private Failure(String message, String type, Throwable thrown, boolean isFatal, boolean isEarly) {
    super(message, null, false, false);
    this.type = type;
    this.thrown = thrown;
    this.isFatal = isFatal;
    this.isEarly = isEarly;
  }

  /** Without a type: what is wrong with how the function was set up. */
  static Failure told(String message) {
    return new Failure(message, null, null, false);
  }

  static Failure of(Throwable thrown) {
    return of(thrown, false);
  }

  /** `isFatal`: it came of the function's own code as that was loaded. */
  static Failure of(Throwable thrown, boolean isFatal) {
    if (thrown instanceof Failure failure) return failure;
    boolean isWrapped = thrown instanceof InvocationTargetException && thrown.getCause() != null;
    Throwable own = isWrapped ? thrown.getCause() : thrown;
    withoutOwn(own, Collections.newSetFromMap(new IdentityHashMap<>()));
    return new Failure(messageOf(own), own.getClass().getName(), own, isFatal, isFatal);
  }

  private static String messageOf(Throwable thrown) {
    String message = thrown.getLocalizedMessage();
    return message == null ? thrown.getClass().getName() : message;
  }

  /** What lies below the handler on the stack is not the function's. */
  private static void withoutOwn(Throwable thrown, Set<Throwable> seen) {
    if (thrown == null || !seen.add(thrown)) return;
    StackTraceElement[] stack = thrown.getStackTrace();
    for (int depth = 0; depth < stack.length; depth++) {
      if (!stack[depth].getClassName().startsWith(OWN_PACKAGE)) continue;
      thrown.setStackTrace(Arrays.copyOf(stack, depth));
      break;
    }
    withoutOwn(thrown.getCause(), seen);
    for (Throwable suppressed : thrown.getSuppressed()) withoutOwn(suppressed, seen);
  }

  byte[] document() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("errorMessage", getMessage());
    if (type != null) members.put("errorType", type);
    // Of what the handler has thrown; what went wrong before it has none, as on AWS.
    if (thrown != null && !isEarly) {
      members.put("stackTrace", List.of(thrown.getStackTrace()).stream().map(String::valueOf).toList());
    }
    return JsonWriter.write(members).getBytes(StandardCharsets.UTF_8);
  }

  /** What the log has of it. */
  String report() {
    if (type == null) return getMessage() + "\n";
    StringWriter trace = new StringWriter();
    if (thrown != null) thrown.printStackTrace(new PrintWriter(trace));
    return getMessage() + ": " + type + "\n" + trace + "\n";
  }
}
