package nuage;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON: objects as maps in their order, arrays as lists, whole numbers as the shortest of Integer, Long
 * and BigInteger, others as BigDecimal.
 */
final class JsonReader {
  private static final int DEEPEST = 1000;
  private final String text;
  private int at;
  private int depth;

  private JsonReader(String text) {
    this.text = text;
  }

  static Object read(String text) {
    JsonReader reader = new JsonReader(text);
    Object value = reader.value();
    reader.skip();
    if (reader.at < text.length()) throw reader.wrong();
    return value;
  }

  /** An empty map for what is no object. */
  static Map<?, ?> readObject(String text) {
    return text != null && read(text) instanceof Map<?, ?> members ? members : Map.of();
  }

  private Object value() {
    skip();
    if (at >= text.length()) throw wrong();
    switch (text.charAt(at)) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", null);
      default:
        return number();
    }
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    enter();
    for (boolean first = true; !isAt('}'); first = false) {
      if (!first) expect(',');
      skip();
      if (at >= text.length() || text.charAt(at) != '"') throw wrong();
      String name = string();
      expect(':');
      members.put(name, value());
    }
    leave();
    return members;
  }

  private List<Object> array() {
    List<Object> items = new ArrayList<>();
    enter();
    for (boolean first = true; !isAt(']'); first = false) {
      if (!first) expect(',');
      items.add(value());
    }
    leave();
    return items;
  }

  private void enter() {
    at++;
    if (++depth > DEEPEST) throw wrong();
  }

  private void leave() {
    at++;
    depth--;
  }

  private String string() {
    int from = ++at;
    // Most strings have nothing to be replaced.
    while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') at++;
    if (at < text.length() && text.charAt(at) == '"') return text.substring(from, at++);
    StringBuilder string = new StringBuilder(text.substring(from, at));
    while (at < text.length() && text.charAt(at) != '"') {
      char each = text.charAt(at++);
      string.append(each == '\\' ? escaped() : each);
    }
    expect('"');
    return string.toString();
  }

  private char escaped() {
    if (at >= text.length()) throw wrong();
    char each = text.charAt(at++);
    switch (each) {
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'u':
        if (at + 4 > text.length()) throw wrong();
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
      default:
        return each;
    }
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) throw wrong();
    at += word.length();
    return value;
  }

  private Number number() {
    int from = at;
    while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) at++;
    String digits = text.substring(from, at);
    try {
      if (digits.matches("-?\\d+")) return whole(digits);
      return new BigDecimal(digits);
    } catch (NumberFormatException none) {
      at = from;
      throw wrong();
    }
  }

  private static Number whole(String digits) {
    if (digits.length() > 18) {
      BigInteger large = new BigInteger(digits);
      return large.bitLength() < Long.SIZE ? (Number) large.longValue() : large;
    }
    long value = Long.parseLong(digits);
    return value == (int) value ? (Number) (int) value : (Number) value;
  }

  private boolean isAt(char wanted) {
    skip();
    return at < text.length() && text.charAt(at) == wanted;
  }

  private void expect(char wanted) {
    skip();
    if (at >= text.length() || text.charAt(at) != wanted) throw wrong();
    at++;
  }

  private void skip() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) at++;
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException("The event is no JSON: something is wrong at character " + at + ".");
  }
}
