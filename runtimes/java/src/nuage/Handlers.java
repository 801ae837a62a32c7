package nuage;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the handler that a function names, in AWS's order and with AWS's words where there is none:
 * https://docs.aws.amazon.com/lambda/latest/dg/java-handler.html
 */
final class Handlers {
  private Handlers() {}

  /** `pkg.Class::method`, or `pkg.Class` of a class that implements one of AWS's interfaces. */
  static Handler load(String name) {
    int colons = name.lastIndexOf("::");
    String className = colons < 0 ? name : name.substring(0, colons);
    String methodName = colons < 0 ? null : name.substring(colons + 2);
    if (className.isEmpty() || (methodName != null && methodName.isEmpty())) {
      throw Failure.told("Invalid handler: `" + name + "'");
    }
    Class<?> type = loadClass(className);
    return methodName == null ? ofInterface(type) : ofMethod(type, methodName);
  }

  private static Class<?> loadClass(String name) {
    try {
      return Class.forName(name, true, ClassLoader.getSystemClassLoader());
    } catch (ClassNotFoundException missing) {
      throw new Failure("Class not found: " + name, missing.getClass().getName(), missing, false);
    } catch (UnsupportedClassVersionError newer) {
      String machine = "this machine has Java " + Runtime.version().feature();
      String message = name + " was built for a later one, and " + machine + ": " + newer.getMessage();
      throw new Failure(message, newer.getClass().getName(), null, true);
    } catch (Throwable broken) {
      String detail = broken.getMessage() == null ? "" : ": " + broken.getMessage();
      throw new Failure("Error loading class " + name + detail, broken.getClass().getName(), broken, true);
    }
  }

  private static Handler ofInterface(Class<?> type) {
    if (RequestStreamHandler.class.isAssignableFrom(type)) {
      RequestStreamHandler handler = (RequestStreamHandler) instantiate(type);
      return handler::handleRequest;
    }
    if (!RequestHandler.class.isAssignableFrom(type)) {
      throw Failure.told("Class does not implement an appropriate handler interface: " + type.getName());
    }
    Type[] parameters = Types.argumentsOf(type, RequestHandler.class);
    if (parameters == null) {
      throw Failure.told(
        "Class " + type.getName() + " does not implement RequestHandler with concrete type parameters");
    }
    @SuppressWarnings("unchecked")
    RequestHandler<Object, Object> handler = (RequestHandler<Object, Object>) instantiate(type);
    return (event, answer, context) ->
      write(handler.handleRequest(read(event, parameters[0]), context), answer);
  }

  private static Object instantiate(Class<?> type) {
    try {
      Constructor<?> constructor = type.getConstructor();
      return constructor.newInstance();
    } catch (NoSuchMethodException none) {
      String message = "Class " + type.getName() + " has no public zero-argument constructor";
      throw new Failure(message, none.getClass().getName(), none, false);
    } catch (IllegalAccessException | InstantiationException hidden) {
      String message = "Class " + type.getName() + " cannot be instantiated";
      throw new Failure(message, hidden.getClass().getName(), hidden, false);
    } catch (InvocationTargetException thrown) {
      throw Failure.of(thrown, true);
    }
  }

  /** Methods as they were written come before bridges, longer signatures first: a context counts twice. */
  private static final Comparator<Method> PREFERENCE = Comparator.comparing(Method::isBridge)
    .thenComparing(method -> -method.getParameterCount() - (endsWithContext(method) ? 1 : 0));

  private static boolean endsWithContext(Method method) {
    Class<?>[] types = method.getParameterTypes();
    return types.length > 0 && types[types.length - 1] == Context.class;
  }

  private static Handler ofMethod(Class<?> type, String name) {
    List<Method> methods = Arrays.stream(type.getMethods())
      .filter(method -> method.getName().equals(name) && isFitting(method.getParameterTypes()))
      .sorted(PREFERENCE)
      .toList();
    if (methods.isEmpty()) {
      throw Failure.told("No public method named " + name
        + " with appropriate method signature found on class " + type.getName());
    }
    Method method = methods.get(0);
    // The class may not be public itself.
    method.setAccessible(true);
    Object instance = Modifier.isStatic(method.getModifiers()) ? null : instantiate(type);
    Type result = method.getReturnType();
    return (event, answer, context) -> {
      Object value = invoke(method, instance, arguments(method, type, event, answer, context));
      if (!streams(method)) write(result == void.class ? null : value, answer);
    };
  }

  private static Object invoke(Method method, Object instance, Object[] arguments) throws Throwable {
    try {
      return method.invoke(instance, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  /** Streams, a context, both in their order, or anything else and a context. */
  private static boolean isFitting(Class<?>[] types) {
    int count = types.length;
    if (count > 0 && types[count - 1] == Context.class) count--;
    if (count == 2) return types[0] == InputStream.class && types[1] == OutputStream.class;
    return count < 2 && (count == 0 || types[0] != Context.class);
  }

  private static boolean streams(Method method) {
    List<Class<?>> types = List.of(method.getParameterTypes());
    return types.contains(InputStream.class) || types.contains(OutputStream.class);
  }

  private static Object[] arguments(
    Method method, Class<?> type, InputStream event, OutputStream answer, InvocationContext context)
    throws IOException {
    Class<?>[] types = method.getParameterTypes();
    Object[] arguments = new Object[types.length];
    for (int index = 0; index < types.length; index++) {
      if (types[index] == InputStream.class) arguments[index] = event;
      else if (types[index] == OutputStream.class) arguments[index] = answer;
      else if (types[index] == Context.class) arguments[index] = context;
      else arguments[index] = read(event, Types.resolve(method.getGenericParameterTypes()[index], type));
    }
    return arguments;
  }

  private static Object read(InputStream event, Type type) throws IOException {
    String text = new String(event.readAllBytes(), StandardCharsets.UTF_8);
    try {
      return Binder.bind(JsonReader.read(text), type);
    } catch (Exception wrong) {
      throw new RuntimeException("An error occurred during JSON parsing", wrong);
    }
  }

  private static void write(Object value, OutputStream answer) throws IOException {
    String text;
    try {
      text = JsonWriter.write(value);
    } catch (Exception wrong) {
      throw new RuntimeException("An error occurred during JSON serialization of response", wrong);
    }
    answer.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
