package nuage;

import java.io.IOException;

/** The program inside a Java function's process: loads the handler, and answers one invocation at a time. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException {
    Api api = new Api(System.getenv("AWS_LAMBDA_RUNTIME_API"));
    Logs.capture();
    Handler handler = load(api, System.getenv("_HANDLER"));
    for (boolean goesOn = true; goesOn; ) goesOn = answer(api, handler, api.next());
    System.exit(1);
  }

  private static Handler load(Api api, String name) throws IOException {
    try {
      return Handlers.load(name);
    } catch (Failure failure) {
      // Some are told at the first invocation, as on AWS.
      if (!failure.isFatal) return (event, output, context) -> {
        throw failure;
      };
      Logs.error(failure.report());
      api.failInit(failure.document());
      System.exit(1);
      throw failure;
    }
  }

  /** Whether the process can take another. */
  private static boolean answer(Api api, Handler handler, Invocation invocation) throws IOException {
    Logs.begin(invocation.id());
    System.setProperty("com.amazonaws.xray.traceHeader", invocation.trace());
    try {
      Output output = new Output();
      handler.handle(invocation.event(), output, new InvocationContext(invocation));
      api.respond(invocation.id(), output);
      // A handler may have left its thread interrupted.
      Thread.interrupted();
      return true;
    } catch (Throwable thrown) {
      Failure failure = Failure.of(thrown);
      Logs.error(failure.report());
      api.fail(invocation.id(), failure.document());
      return !(thrown instanceof VirtualMachineError);
    }
  }
}
