package nuage;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes values of what was read as JSON: of the type that a handler asks for. */
final class Binder {
  /** The classes of AWS's events: their dates are seconds, elsewhere they are milliseconds. */
  private static final String EVENTS = "com.amazonaws.services.lambda.runtime.events.";
  private final boolean isEvent;

  private Binder(Type type) {
    isEvent = Types.rawOf(type).getName().startsWith(EVENTS);
  }

  static Object bind(Object json, Type type) throws ReflectiveOperationException {
    return new Binder(type).value(json, type);
  }

  private Object value(Object json, Type type) throws ReflectiveOperationException {
    Class<?> raw = Types.rawOf(type);
    if (json == null) return raw == Optional.class ? Optional.empty() : nothing(raw);
    if (raw == Object.class) return untyped(json);
    if (raw == Optional.class) return Optional.ofNullable(value(json, argument(type, 0)));
    if (json instanceof Map<?, ?> members) return ofObject(members, raw, type);
    if (json instanceof List<?> items) return ofArray(items, raw, type);
    if (json instanceof Number number) return ofNumber(number, raw);
    return ofText(json.toString(), raw);
  }

  /** Null, or what a primitive is without a value. */
  private static Object nothing(Class<?> raw) {
    return raw.isPrimitive() ? Array.get(Array.newInstance(raw, 1), 0) : null;
  }

  private static Object untyped(Object json) {
    if (json instanceof BigDecimal number) return number.doubleValue();
    if (json instanceof List<?> items) {
      List<Object> copy = new ArrayList<>();
      for (Object each : items) copy.add(untyped(each));
      return copy;
    }
    if (!(json instanceof Map<?, ?> members)) return json;
    Map<Object, Object> copy = new LinkedHashMap<>();
    members.forEach((name, each) -> copy.put(name, untyped(each)));
    return copy;
  }

  private static Type argument(Type type, int index) {
    return type instanceof ParameterizedType applied ? applied.getActualTypeArguments()[index] : Object.class;
  }

  private Object ofObject(Map<?, ?> members, Class<?> raw, Type type) throws ReflectiveOperationException {
    if (Map.class.isAssignableFrom(raw)) return map(members, raw, type);
    if (raw.isRecord()) return ofComponents(members, raw, type);
    Properties properties = Properties.of(raw);
    if (isValue(raw)) throw unfit("an object", raw);
    Object object = instantiate(raw);
    for (Map.Entry<?, ?> member : members.entrySet()) {
      Properties.Writable property = properties.find(member.getKey().toString());
      if (property == null) continue;
      property.target().set(object, value(member.getValue(), Types.resolve(property.type(), type)));
    }
    return object;
  }

  private static boolean isValue(Class<?> raw) {
    return raw.isPrimitive() || raw.isEnum() || raw.isArray() || raw.getName().startsWith("java.");
  }

  @SuppressWarnings("unchecked")
  private Object map(Map<?, ?> members, Class<?> raw, Type type) throws ReflectiveOperationException {
    Type[] arguments = Types.argumentsOf(type, Map.class);
    Type keyType = arguments == null ? Object.class : arguments[0];
    Type valueType = arguments == null ? Object.class : arguments[1];
    Map<Object, Object> map;
    if (raw.isAssignableFrom(LinkedHashMap.class)) map = new LinkedHashMap<>();
    else if (raw.isAssignableFrom(TreeMap.class)) map = new TreeMap<>();
    else map = (Map<Object, Object>) instantiate(raw);
    for (Map.Entry<?, ?> member : members.entrySet())
      map.put(value(member.getKey(), keyType), value(member.getValue(), valueType));
    return map;
  }

  private Object ofComponents(Map<?, ?> members, Class<?> raw, Type type)
    throws ReflectiveOperationException {
    RecordComponent[] components = raw.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int index = 0; index < components.length; index++) {
      types[index] = components[index].getType();
      Type wanted = Types.resolve(components[index].getGenericType(), type);
      values[index] = value(memberOf(members, components[index].getName()), wanted);
    }
    Constructor<?> constructor = raw.getDeclaredConstructor(types);
    constructor.setAccessible(true);
    return constructor.newInstance(values);
  }

  private static Object memberOf(Map<?, ?> members, String name) {
    if (members.containsKey(name)) return members.get(name);
    String wanted = Properties.plain(name);
    for (Map.Entry<?, ?> member : members.entrySet())
      if (Properties.plain(member.getKey().toString()).equals(wanted)) return member.getValue();
    return null;
  }

  @SuppressWarnings("unchecked")
  private Object ofArray(List<?> items, Class<?> raw, Type type) throws ReflectiveOperationException {
    if (raw.isArray()) {
      boolean isGeneric = type instanceof GenericArrayType;
      Type each = isGeneric ? ((GenericArrayType) type).getGenericComponentType() : raw.getComponentType();
      Object array = Array.newInstance(raw.getComponentType(), items.size());
      for (int index = 0; index < items.size(); index++)
        Array.set(array, index, value(items.get(index), each));
      return array;
    }
    Collection<Object> collection;
    if (raw.isAssignableFrom(ArrayList.class)) collection = new ArrayList<>();
    else if (raw.isAssignableFrom(LinkedHashSet.class)) collection = new LinkedHashSet<>();
    else if (raw.isAssignableFrom(TreeSet.class)) collection = new TreeSet<>();
    else if (raw.isAssignableFrom(ArrayDeque.class)) collection = new ArrayDeque<>();
    else if (Collection.class.isAssignableFrom(raw)) collection = (Collection<Object>) instantiate(raw);
    else throw unfit("an array", raw);
    Type[] arguments = Types.argumentsOf(type, Collection.class);
    Type each = arguments == null ? Object.class : arguments[0];
    for (Object item : items) collection.add(value(item, each));
    return collection;
  }

  private Object ofNumber(Number number, Class<?> raw) throws ReflectiveOperationException {
    if (raw == Number.class) return number instanceof BigDecimal ? (Number) number.doubleValue() : number;
    if (raw == int.class || raw == Integer.class) return number.intValue();
    if (raw == long.class || raw == Long.class) return number.longValue();
    if (raw == double.class || raw == Double.class) return number.doubleValue();
    if (raw == float.class || raw == Float.class) return number.floatValue();
    if (raw == short.class || raw == Short.class) return number.shortValue();
    if (raw == byte.class || raw == Byte.class) return number.byteValue();
    if (Date.class.isAssignableFrom(raw) || raw.getName().equals("org.joda.time.DateTime"))
      return construct(raw, long.class, milliseconds(number));
    if (raw == Instant.class) return Instant.ofEpochMilli(milliseconds(number));
    return ofText(number.toString(), raw);
  }

  private long milliseconds(Number number) {
    if (!isEvent) return number.longValue();
    return new BigDecimal(number.toString()).movePointRight(3).longValue();
  }

  private Object ofText(String text, Class<?> raw) throws ReflectiveOperationException {
    if (raw.isAssignableFrom(String.class)) return text;
    if (raw == boolean.class || raw == Boolean.class) return truth(text);
    if (raw == char.class || raw == Character.class) return text.charAt(0);
    if (raw == byte[].class) return Base64.getDecoder().decode(text);
    if (raw == ByteBuffer.class) return ByteBuffer.wrap(Base64.getDecoder().decode(text));
    if (raw.isEnum()) return word(text, raw);
    if (raw == Date.class) return Date.from(Instant.parse(text));
    if (raw.isPrimitive() || Number.class.isAssignableFrom(raw)) return ofDigits(text, raw);
    // Times, addresses and other things that are known by their text.
    for (String name : List.of("parse", "fromString", "valueOf", "create", "of")) {
      for (Class<?> parameter : List.of(String.class, CharSequence.class)) {
        Method method = methodOf(raw, name, parameter);
        if (method != null) return call(method, text);
      }
    }
    return construct(raw, String.class, text);
  }

  private static Object truth(String text) {
    if (text.equals("true") || text.equals("false")) return Boolean.valueOf(text);
    throw unfit('"' + text + '"', boolean.class);
  }

  private Object ofDigits(String text, Class<?> raw) throws ReflectiveOperationException {
    if (raw == BigDecimal.class || raw.getName().equals("java.math.BigInteger"))
      return construct(raw, String.class, text);
    try {
      return ofNumber(new BigDecimal(text), raw);
    } catch (NumberFormatException none) {
      throw unfit('"' + text + '"', raw);
    }
  }

  private static Object word(String text, Class<?> raw) {
    for (Object each : raw.getEnumConstants()) if (((Enum<?>) each).name().equals(text)) return each;
    for (Object each : raw.getEnumConstants()) if (each.toString().equals(text)) return each;
    throw unfit('"' + text + '"', raw);
  }

  private static Method methodOf(Class<?> raw, String name, Class<?> parameter) {
    try {
      Method method = raw.getMethod(name, parameter);
      boolean isStatic = Modifier.isStatic(method.getModifiers());
      return isStatic && raw.isAssignableFrom(method.getReturnType()) ? method : null;
    } catch (NoSuchMethodException none) {
      return null;
    }
  }

  private static Object call(Method method, Object argument) throws ReflectiveOperationException {
    try {
      return method.invoke(null, argument);
    } catch (InvocationTargetException wrong) {
      throw new IllegalArgumentException(wrong.getCause().getMessage(), wrong.getCause());
    }
  }

  private static Object construct(Class<?> raw, Class<?> parameter, Object argument)
    throws ReflectiveOperationException {
    try {
      return raw.getConstructor(parameter).newInstance(argument);
    } catch (NoSuchMethodException | InstantiationException none) {
      throw unfit(argument instanceof String ? "a text" : "a number", raw);
    } catch (InvocationTargetException wrong) {
      throw new IllegalArgumentException(wrong.getCause().getMessage(), wrong.getCause());
    }
  }

  /** By the constructor with the fewest parameters, with nothing for each: fields are set after. */
  private static Object instantiate(Class<?> raw) throws ReflectiveOperationException {
    if (raw.isInterface() || Modifier.isAbstract(raw.getModifiers())) throw unfit("an object", raw);
    Constructor<?>[] constructors = raw.getDeclaredConstructors();
    Constructor<?> shortest = constructors[0];
    for (Constructor<?> each : constructors)
      if (each.getParameterCount() < shortest.getParameterCount()) shortest = each;
    shortest.setAccessible(true);
    return shortest.newInstance(nothings(shortest));
  }

  private static Object[] nothings(Executable constructor) {
    Class<?>[] types = constructor.getParameterTypes();
    Object[] values = new Object[types.length];
    for (int index = 0; index < types.length; index++) values[index] = nothing(types[index]);
    return values;
  }

  private static IllegalArgumentException unfit(String what, Class<?> raw) {
    String message = "A value of type " + raw.getName() + " cannot be made of " + what + ".";
    return new IllegalArgumentException(message);
  }
}
