package nuage;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Lambda's Runtime API over one connection, which stays. Java's own clients would load hundreds of classes,
 * which the start of every environment would wait for.
 */
final class Api {
  private static final String ROOT = "/2018-06-01/runtime/";
  /** Of errors whose document names no type. */
  private static final String BAD_CODE = "Lambda-Runtime-Function-Error-Type: Runtime.BadFunctionCode\r\n";
  private static final int LARGEST_ANSWER_BYTES = 6_291_556;
  private final String host;
  private final InputStream input;
  private final OutputStream output;

  Api(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    Socket socket = new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    socket.setTcpNoDelay(true);
    host = address;
    input = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
    output = socket.getOutputStream();
  }

  /** Waits for the next invocation. */
  Invocation next() throws IOException {
    output.write(head("GET", "invocation/next", ""));
    return read();
  }

  void respond(String id, Output answer) throws IOException {
    if (answer.size() > LARGEST_ANSWER_BYTES) {
      String limit = "maximum allowed payload size (" + LARGEST_ANSWER_BYTES + " bytes).";
      String message = "Response payload size exceeded " + limit;
      Failure failure = new Failure(message, "Function.ResponseSizeTooLarge", null, false);
      Logs.error(failure.report());
      fail(id, failure.document());
      return;
    }
    Output request = new Output();
    request.writeBytes(post("invocation/" + id + "/response", "", answer.size()));
    answer.writeTo(request);
    request.sendTo(output);
    read();
  }

  void fail(String id, byte[] document) throws IOException {
    send("invocation/" + id + "/error", document);
  }

  void failInit(byte[] document) throws IOException {
    send("init/error", document);
  }

  private void send(String path, byte[] document) throws IOException {
    output.write(post(path, BAD_CODE, document.length));
    output.write(document);
    read();
  }

  private byte[] post(String path, String headers, int length) {
    String content = "Content-Type: application/json\r\nContent-Length: " + length + "\r\n";
    return head("POST", path, headers + content);
  }

  private byte[] head(String method, String path, String headers) {
    String text = method + " " + ROOT + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n";
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The platform says how long its answers are, all of them. */
  private Invocation read() throws IOException {
    readLine();
    Map<String, String> headers = new HashMap<>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      // What is read as characters here were bytes.
      byte[] value = line.substring(colon + 1).trim().getBytes(StandardCharsets.ISO_8859_1);
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.put(name, new String(value, StandardCharsets.UTF_8));
    }
    byte[] body = input.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    return new Invocation(headers, body);
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int each = input.read(); each != '\n'; each = input.read()) {
      if (each < 0) throw new EOFException("The platform has closed the connection.");
      if (each != '\r') line.append((char) each);
    }
    return line.toString();
  }
}
