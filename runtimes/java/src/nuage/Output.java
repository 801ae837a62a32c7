package nuage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** The bytes of an answer, written on without a copy. */
final class Output extends ByteArrayOutputStream {
  Output() {
    super(1024);
  }

  void sendTo(OutputStream target) throws IOException {
    target.write(buf, 0, count);
  }
}
