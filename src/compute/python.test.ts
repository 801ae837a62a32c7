import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrial, type Trial } from "./trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial();
});
afterAll(() => trial.close());

const python = (text: string, change = {}) =>
  trial.version({ "app.py": text }, { runtime: "python3.12", handler: "app.handler", ...change });

describe("Python functions", () => {
  it("answer with their result, context and environment", async () => {
    const version = python(
      [
        "import os, sys",
        "def handler(event, context):",
        "    return {'event': event, 'id': context.aws_request_id, 'arn': context.invoked_function_arn,",
        "            'left': 0 < context.get_remaining_time_in_millis() <= 3000,",
        "            'name': context.function_name,",
        "            'memory': context.memory_limit_in_mb,",
        "            'cwd': os.getcwd() == os.environ['LAMBDA_TASK_ROOT'],",
        "            'execution': os.environ['AWS_EXECUTION_ENV'], 'extra': os.environ['EXTRA'],",
        "            'client': context.client_context.custom, 'trace': os.environ['_X_AMZN_TRACE_ID'][:5]}",
      ].join("\n"),
      { environment: { EXTRA: "é" } },
    );
    const reply = await trial.invoke(
      version,
      { a: 1 },
      { clientContext: '{"custom":{"k":"v"}}', requestId: "r-1" },
    );
    expect(reply.value).toEqual({
      event: { a: 1 },
      id: "r-1",
      arn: version.arn,
      left: true,
      name: version.name,
      memory: "256",
      cwd: true,
      execution: "AWS_Lambda_python3.12",
      extra: "é",
      client: { k: "v" },
      trace: "Root=",
    });
    expect(reply.functionError).toBeUndefined();
  });

  it("keep what they print in order with logging and the platform's lines", async () => {
    const version = python(
      [
        "import logging, subprocess",
        "def handler(event, context):",
        "    print('one\\ntwo', end='')",
        "    logging.warning('three\\nmore')",
        "    logging.info('not shown')",
        "    print('four', end='')",
      ].join("\n"),
    );
    const { tail, value } = await trial.invoke(version, {}, { requestId: "r-2" });
    expect(value).toBeNull();
    const lines = tail.split("\n");
    expect(lines.slice(0, 3)).toEqual(["START RequestId: r-2 Version: $LATEST", "one", "two"]);
    expect(lines[3]).toMatch(/^\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tr-2\tthree$/);
    expect(lines.slice(4, 7)).toEqual(["more", "four", "END RequestId: r-2"]);
  });

  it("report exceptions with their stack", async () => {
    const reply = await trial.invoke(
      python("def inner():\n  raise ValueError('broken')\ndef handler(e, c):\n  inner()\n"),
      {},
      { requestId: "r-3" },
    );
    expect(reply.functionError).toBe("Unhandled");
    expect(reply.errorType).toBe("ValueError");
    expect(reply.value).toMatchObject({ errorMessage: "broken", errorType: "ValueError", requestId: "r-3" });
    const { stackTrace } = reply.value as { stackTrace: string[] };
    expect(stackTrace).toHaveLength(2);
    expect(stackTrace[0]).toMatch(/File ".*\/app\.py", line 4, in handler\n {4}inner\(\)\n/);
    expect(reply.tail).toContain(
      "[ERROR] ValueError: broken\nTraceback (most recent call last):\n\u00a0\u00a0File",
    );
  });

  it.each([
    [
      "import nothing_here\n",
      "app.handler",
      "Runtime.ImportModuleError",
      "Unable to import module 'app': No module named 'nothing_here'",
    ],
    ["x = 1\n", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"],
    [
      "x = 1\n",
      "app",
      "Runtime.MalformedHandlerName",
      "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
    ],
    ["def (:\n", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': "],
    [
      "x = 1\n",
      "gone.handler",
      "Runtime.ImportModuleError",
      "Unable to import module 'gone': No module named 'gone'",
    ],
  ])("name what is wrong with %j as %s", async (text, handler, errorType, message) => {
    const reply = await trial.invoke(python(text, { handler }));
    expect(reply.errorType).toBe(errorType);
    const { errorMessage } = reply.value as { errorMessage: string };
    expect(errorMessage.slice(0, message.length)).toBe(message);
    expect(reply.tail).toContain("Phase: invoke\tStatus: error\tError Type: ");
  });

  it("say what cannot be written as JSON, and write decimals", async () => {
    const bad = await trial.invoke(python("def handler(e, c):\n  return {1, 2}\n"));
    expect(bad.errorType).toBe("Runtime.MarshalError");
    expect(bad.value).toMatchObject({
      errorMessage: "Unable to marshal response: Object of type set is not JSON serializable",
    });
    const text = "from decimal import Decimal\ndef handler(e, c):\n  return [Decimal('2'), Decimal('2.5')]\n";
    expect((await trial.invoke(python(text))).value).toEqual([2, 2.5]);
  });

  it("answer once though they fork, and leave no child behind", async () => {
    const text = [
      "import os, time",
      "def handler(e, c):",
      "    if os.fork() == 0:",
      "        if e.get('stay'): time.sleep(60)",
      "        print('child')",
      "        return 'child'",
      "    os.wait() if not e.get('stay') else None",
      "    return 'parent'",
    ].join("\n");
    const version = python(text);
    const reply = await trial.invoke(version);
    expect(reply.value).toBe("parent");
    expect(reply.tail).toContain("child\n");
    expect((await trial.invoke(version, { stay: true })).value).toBe("parent");
  });

  it("write JSON logs", async () => {
    const text = [
      "import logging",
      "logger = logging.getLogger('shop')",
      "def handler(e, c):",
      "    logger.info('paid', extra={'order': 7})",
      "    try: 1 / 0",
      "    except ZeroDivisionError: logger.exception('no')",
    ].join("\n");
    const { tail } = await trial.invoke(python(text, { logFormat: "JSON" }), {}, { requestId: "r-4" });
    const events = tail
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ type: "platform.start", record: { requestId: "r-4" } });
    expect(events[1]).toMatchObject({
      level: "INFO",
      message: "paid",
      logger: "shop",
      requestId: "r-4",
      order: 7,
    });
    expect(events[2]).toMatchObject({
      level: "ERROR",
      errorType: "ZeroDivisionError",
      errorMessage: "division by zero",
    });
    expect(events.at(-1)).toMatchObject({ type: "platform.report", record: { status: "success" } });
  });

  it("end with Runtime.ExitError when they exit, and start again", async () => {
    const version = python("import sys\ndef handler(e, c):\n  sys.exit(e['status'])\n");
    const reply = await trial.invoke(version, { status: 3 }, { requestId: "r-5" });
    expect(reply.value).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: r-5 Error: Runtime exited with error: exit status 3",
    });
    const clean = await trial.invoke(version, { status: 0 }, { requestId: "r-6" });
    expect(clean.value).toMatchObject({
      errorMessage: "RequestId: r-6 Error: Runtime exited without providing a reason",
    });
  });
});

it("takes names below localhost for this machine, whatever the system's resolver knows", async () => {
  const server = createServer((request, response) => response.end(request.headers.host));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const version = python(
    [
      "import socket, sys, urllib.request",
      "def handler(url, context):",
      "    with urllib.request.urlopen(url) as answer:",
      "        host = answer.read().decode()",
      "    all = socket.getaddrinfo(b'B.localhost.', 80, type=socket.SOCK_STREAM)",
      "    v6 = socket.getaddrinfo('localhost', None, socket.AF_INET6)",
      "    return [host, [found[4][0] for found in all], v6[0][4][0], 'localhost' in sys.modules]",
    ].join("\n"),
    { timeoutMs: 20_000 },
  );
  const reply = await trial.invoke(version, `http://a1.execute-api.localhost:${port}/`);
  server.close();
  expect(reply.value).toEqual([`a1.execute-api.localhost:${port}`, ["127.0.0.1", "::1"], "::1", false]);
});
