package nuage;

import java.io.InputStream;

/** A function's handler, whatever its signature. */
interface Handler {
  void handle(InputStream event, Output answer, InvocationContext context) throws Throwable;
}
