package nuage;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The properties of a class: getters and setters, the components of a record, and fields where there is
 * nothing else. Names are taken as they are, and where that finds nothing without regard to case and
 * punctuation: events of AWS are written `Records`, `eventSourceARN` and `detail-type`.
 */
final class Properties {
  /** What a value can be put into. */
  interface Target {
    void set(Object object, Object value) throws ReflectiveOperationException;
  }

  record Writable(String name, Type type, Target target) {}

  private interface Source {
    Object get(Object object) throws ReflectiveOperationException;
  }

  private static final int NO_PROPERTY = Modifier.STATIC | Modifier.TRANSIENT;
  private static final Map<Class<?>, Properties> KNOWN = new ConcurrentHashMap<>();
  private final Map<String, Source> readable = new LinkedHashMap<>();
  private final Map<String, Writable> exact = new LinkedHashMap<>();
  private final Map<String, Writable> loose = new LinkedHashMap<>();

  static Properties of(Class<?> type) {
    return KNOWN.computeIfAbsent(type, Properties::new);
  }

  private Properties(Class<?> type) {
    if (type.isRecord()) {
      for (RecordComponent each : type.getRecordComponents()) read(each.getName(), each.getAccessor());
      return;
    }
    List<Field> fields = fieldsOf(type);
    for (Method method : type.getMethods()) {
      if (Modifier.isStatic(method.getModifiers()) || method.isBridge()) continue;
      if (method.getDeclaringClass() == Object.class) continue;
      if (method.getParameterCount() == 0) readGetter(method, fields);
      else if (isSetter(method)) writeSetter(method, type);
    }
    for (Field field : fields) {
      if (Modifier.isPublic(field.getModifiers())) readable.putIfAbsent(field.getName(), field::get);
      writeField(field, type);
    }
  }

  private static boolean isSetter(Method method) {
    return method.getParameterCount() == 1 && method.getName().matches("set.+");
  }

  /** The values of an object, in no order that means anything. */
  Map<String, Object> read(Object object) {
    Map<String, Object> values = new LinkedHashMap<>();
    readable.forEach((name, source) -> {
      try {
        values.put(name, source.get(object));
      } catch (ReflectiveOperationException failed) {
        throw new IllegalArgumentException("The property " + name + " cannot be read.", failed.getCause());
      }
    });
    return values;
  }

  /** The property that a member of JSON goes to, or null. */
  Writable find(String name) {
    Writable found = exact.get(name);
    if (found == null) found = loose.get(plain(name));
    // Lombok's setter of `isBase64Encoded` has the name without it.
    if (found == null && name.startsWith("is")) found = loose.get(plain(name.substring(2)));
    return found;
  }

  static String plain(String name) {
    return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
  }

  private static List<Field> fieldsOf(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass())
      for (Field field : each.getDeclaredFields())
        if ((field.getModifiers() & NO_PROPERTY) == 0 && !field.isSynthetic()) fields.add(field);
    return fields;
  }

  private void readGetter(Method method, List<Field> fields) {
    String name = method.getName();
    Class<?> type = method.getReturnType();
    boolean isTruth = type == boolean.class || type == Boolean.class;
    if (isTruth && name.matches("is.+")) {
      // A field `isX` is a property of that name.
      boolean isNamedSo = fields.stream().anyMatch(field -> field.getName().equals(name));
      read(isNamedSo ? name : decapitalised(name.substring(2)), method);
    } else if (type != void.class && name.matches("get.+")) read(decapitalised(name.substring(3)), method);
  }

  private void read(String name, Method method) {
    method.setAccessible(true);
    readable.put(name, method::invoke);
  }

  private void writeSetter(Method method, Class<?> type) {
    String name = method.getName().substring(3);
    // Of several for one property, that for text: all values have one.
    Writable present = exact.get(decapitalised(name));
    if (present != null && present.type() == String.class) return;
    method.setAccessible(true);
    Type value = Types.resolve(method.getGenericParameterTypes()[0], type);
    write(new Writable(decapitalised(name), value, method::invoke), true);
  }

  private void writeField(Field field, Class<?> type) {
    try {
      field.setAccessible(true);
    } catch (RuntimeException closed) {
      return;
    }
    write(new Writable(field.getName(), Types.resolve(field.getGenericType(), type), field::set), false);
  }

  private void write(Writable property, boolean replaces) {
    for (Map<String, Writable> names : List.of(exact, loose)) {
      String name = names == exact ? property.name() : plain(property.name());
      if (replaces) names.put(name, property);
      else names.putIfAbsent(name, property);
    }
  }

  /** As Jackson has it, which AWS's runtime uses: `URL` becomes `url`, `UserId` `userId`. */
  private static String decapitalised(String name) {
    int capitals = 0;
    while (capitals < name.length() && Character.isUpperCase(name.charAt(capitals))) capitals++;
    return name.substring(0, capitals).toLowerCase(Locale.ROOT) + name.substring(capitals);
  }
}
