package nuage;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What generic types come to where a class or a field says so. */
final class Types {
  private Types() {}

  /** A generic class with its arguments. */
  record Applied(Class<?> raw, Type[] arguments) implements ParameterizedType {
    @Override
    public Type[] getActualTypeArguments() {
      return arguments;
    }

    @Override
    public Type getRawType() {
      return raw;
    }

    @Override
    public Type getOwnerType() {
      return raw.getDeclaringClass();
    }
  }

  static Class<?> rawOf(Type type) {
    if (type instanceof Class<?> raw) return raw;
    if (type instanceof ParameterizedType applied) return (Class<?>) applied.getRawType();
    if (type instanceof GenericArrayType array)
      return Array.newInstance(rawOf(array.getGenericComponentType()), 0).getClass();
    if (type instanceof WildcardType wildcard) return rawOf(wildcard.getUpperBounds()[0]);
    return rawOf(((TypeVariable<?>) type).getBounds()[0]);
  }

  /** The arguments that a class gives to a generic class or interface above it; null where it gives none. */
  static Type[] argumentsOf(Type type, Class<?> above) {
    Map<TypeVariable<?>, Type> known = new HashMap<>();
    collect(type, known);
    Type[] variables = above.getTypeParameters();
    Type[] arguments = new Type[variables.length];
    for (int index = 0; index < variables.length; index++) {
      Type argument = replace(variables[index], known);
      if (argument instanceof TypeVariable<?> open && open.getBounds()[0] == Object.class) return null;
      arguments[index] = argument;
    }
    return arguments;
  }

  /** A type as it reads within a class, whose variables and those of all classes above it are known. */
  static Type resolve(Type type, Type within) {
    if (type instanceof Class<?>) return type;
    Map<TypeVariable<?>, Type> known = new HashMap<>();
    collect(within, known);
    return replace(type, known);
  }

  private static void collect(Type type, Map<TypeVariable<?>, Type> known) {
    if (type == null) return;
    Class<?> raw = rawOf(type);
    if (type instanceof ParameterizedType applied) {
      TypeVariable<?>[] variables = raw.getTypeParameters();
      Type[] arguments = applied.getActualTypeArguments();
      for (int index = 0; index < variables.length; index++)
        known.putIfAbsent(variables[index], replace(arguments[index], known));
    }
    collect(raw.getGenericSuperclass(), known);
    for (Type each : raw.getGenericInterfaces()) collect(each, known);
  }

  private static Type replace(Type type, Map<TypeVariable<?>, Type> known) {
    if (type instanceof TypeVariable<?> variable) return known.getOrDefault(variable, variable);
    if (type instanceof WildcardType wildcard) return replace(wildcard.getUpperBounds()[0], known);
    if (type instanceof ParameterizedType applied) {
      Stream<Type> arguments = Arrays.stream(applied.getActualTypeArguments());
      return new Applied(rawOf(type), arguments.map(each -> replace(each, known)).toArray(Type[]::new));
    }
    return type;
  }
}
