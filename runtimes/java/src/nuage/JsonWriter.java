package nuage;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Calendar;
import java.util.Date;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/** Writes values as JSON: what Java has itself, and objects by their getters. */
final class JsonWriter {
  private final StringBuilder text = new StringBuilder(256);

  private JsonWriter() {}

  static String write(Object value) {
    JsonWriter writer = new JsonWriter();
    writer.value(value);
    return writer.text.toString();
  }

  private void value(Object value) {
    if (value == null) text.append("null");
    else if (value instanceof CharSequence || value instanceof Character) string(value.toString());
    else if (value instanceof Number number) number(number);
    else if (value instanceof Boolean) text.append(value);
    else if (value instanceof Map<?, ?> map) object(map);
    else if (value instanceof Iterable<?> items && !isText(value)) array(items.iterator());
    else if (value instanceof Optional<?> optional) value(optional.orElse(null));
    else if (value instanceof Enum<?> word) string(word.name());
    else if (value instanceof byte[] bytes) string(Base64.getEncoder().encodeToString(bytes));
    else if (value instanceof ByteBuffer buffer) buffer(buffer);
    else if (value.getClass().isArray()) items(value);
    else if (value instanceof Date date) text.append(date.getTime());
    else if (value instanceof Calendar calendar) text.append(calendar.getTimeInMillis());
    else if (isText(value)) string(value.toString());
    else object(Properties.of(value.getClass()).read(value));
  }

  /** What Java itself has, such as a time or an address, is known by its text; and so are Joda's times. */
  private static boolean isText(Object value) {
    String name = value.getClass().getName();
    boolean isJava = name.startsWith("java.") || name.startsWith("javax.") || name.startsWith("sun.");
    return (isJava && !(value instanceof Iterable<?> && !(value instanceof java.nio.file.Path)))
      || name.startsWith("org.joda.time.");
  }

  private void number(Number number) {
    boolean isOdd = number instanceof Double || number instanceof Float;
    // JSON has no word for these.
    if (isOdd && !Double.isFinite(number.doubleValue())) string(number.toString());
    else text.append(number);
  }

  private void object(Map<?, ?> members) {
    text.append('{');
    boolean isFirst = true;
    for (Map.Entry<?, ?> member : members.entrySet()) {
      if (!isFirst) text.append(',');
      isFirst = false;
      Object name = member.getKey();
      string(name instanceof Enum<?> word ? word.name() : String.valueOf(name));
      text.append(':');
      value(member.getValue());
    }
    text.append('}');
  }

  private void array(Iterator<?> items) {
    text.append('[');
    while (items.hasNext()) {
      value(items.next());
      if (items.hasNext()) text.append(',');
    }
    text.append(']');
  }

  private void items(Object array) {
    text.append('[');
    for (int index = 0; index < Array.getLength(array); index++) {
      if (index > 0) text.append(',');
      value(Array.get(array, index));
    }
    text.append(']');
  }

  private void buffer(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    string(Base64.getEncoder().encodeToString(bytes));
  }

  private void string(String value) {
    text.append('"');
    for (int index = 0; index < value.length(); index++) {
      char each = value.charAt(index);
      if (each == '"' || each == '\\') text.append('\\').append(each);
      else if (each >= ' ') text.append(each);
      else if (each == '\n') text.append("\\n");
      else if (each == '\r') text.append("\\r");
      else if (each == '\t') text.append("\\t");
      else text.append(String.format("\\u%04x", (int) each));
    }
    text.append('"');
  }
}
