import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runtimeFolder } from "./runtimes.ts";
import { createTrial, type Trial, zipOf } from "./trial.fixture.ts";

const SOURCE = `package demo;

import com.amazonaws.services.lambda.runtime.*;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.*;
import java.time.Instant;
import java.util.*;

public class Demo {
  public enum Size { SMALL, LARGE }
  public record Item(String name, int count, Optional<Size> size) {}
  public static class Order {
    private String id;
    private List<Item> items;
    private Map<String, List<Long>> sums = new HashMap<>();
    private boolean isPaid;
    private Instant at;
    public double weight;
    public String getId() { return id; }
    public void setId(String id) { this.id = id; }
    public List<Item> getItems() { return items; }
    public void setItems(List<Item> items) { this.items = items; }
    public Map<String, List<Long>> getSums() { return sums; }
    public void setSums(Map<String, List<Long>> sums) { this.sums = sums; }
    public boolean isPaid() { return isPaid; }
    public void setPaid(boolean paid) { this.isPaid = paid; }
    public Instant getAt() { return at; }
    public void setAt(Instant at) { this.at = at; }
  }

  static int calls = 0;
  public String text(String input) { return input + "!"; }
  public int number(Integer input) { return input + 1; }
  public Object any(Object input, Context context) { return input; }
  public static List<Integer> squares(int[] input) {
    return Arrays.stream(input).map(n -> n * n).boxed().toList();
  }
  public Order order(Order order) { order.weight += order.getItems().get(0).count(); return order; }
  public void nothing(Object input) { calls++; }
  public int count() { return calls; }
  public void bytes(InputStream in, OutputStream out) throws IOException { in.transferTo(out); }
  public Object throwing(Object input) { throw new IllegalStateException("no order"); }
  public Object exiting(Object input) { System.exit(5); return null; }
  public Object large(Object input) { return "x".repeat(6_291_560); }
  public Object heavy(Object input) {
    List<byte[]> all = new ArrayList<>();
    for (;;) all.add(new byte[1 << 20]);
  }

  public Map<String, Object> told(Map<String, Object> event, Context context) {
    context.getLogger().log("one event\\nof two lines");
    System.out.println("printed ä");
    System.err.println("and this");
    Map<String, Object> map = new TreeMap<>();
    map.put("id", context.getAwsRequestId());
    map.put("arn", context.getInvokedFunctionArn());
    map.put("name", context.getFunctionName());
    map.put("version", context.getFunctionVersion());
    map.put("memory", context.getMemoryLimitInMB());
    map.put("remaining", context.getRemainingTimeInMillis() > 25000);
    map.put("app", context.getClientContext().getClient().getAppTitle());
    map.put("custom", context.getClientContext().getCustom());
    map.put("group", context.getLogGroupName());
    map.put("trace", System.getProperty("com.amazonaws.xray.traceHeader").startsWith("Root="));
    map.put("cwd", new File("").getAbsolutePath().equals(System.getenv("LAMBDA_TASK_ROOT")));
    return map;
  }

  public Object levels(Object event, Context context) {
    context.getLogger().log("low", LogLevel.DEBUG);
    context.getLogger().log("high", LogLevel.WARN);
    return null;
  }

  static abstract class Base<T> implements RequestHandler<Map<String, T>, List<T>> {}
  public static class Values extends Base<Item> {
    @Override public List<Item> handleRequest(Map<String, Item> input, Context context) {
      return new ArrayList<>(input.values());
    }
  }
  public static class Copy implements RequestStreamHandler {
    @Override public void handleRequest(InputStream in, OutputStream out, Context it) throws IOException {
      in.transferTo(out);
    }
  }
  public static class Broken implements RequestHandler<Object, Object> {
    public Broken() { throw new IllegalArgumentException("no settings"); }
    @Override public Object handleRequest(Object input, Context context) { return null; }
  }
}
`;

/** Whether the machine has a Java that compiles what these tests need. */
const JAVA = spawnSync("java", [
  "-m",
  "jdk.compiler/com.sun.tools.javac.Main",
  "--release",
  "17",
  "-version",
]);
const java = describe.skipIf(JAVA.status !== 0);

let trial: Trial;
let classes: Record<string, Buffer>;
beforeAll(async () => {
  trial = await createTrial();
  if (JAVA.status !== 0) return;
  classes = compile(SOURCE);
  // The first has the platform's own program compiled.
  await trial.invoke(version("::text"), "");
}, 120_000);
afterAll(() => trial.close());

function compile(source: string): Record<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "nuage-java-"));
  writeFileSync(join(folder, "Demo.java"), source);
  const core = join(runtimeFolder("java"), "core");
  const options = [
    "--release",
    "17",
    "-implicit:none",
    "-proc:none",
    "-g",
    "-sourcepath",
    core,
    "-d",
    folder,
  ];
  const compiler = ["-m", "jdk.compiler/com.sun.tools.javac.Main", ...options, join(folder, "Demo.java")];
  const { stderr } = spawnSync("java", compiler);
  expect(stderr.toString()).not.toContain("error");
  const names = readdirSync(join(folder, "demo"));
  const files = names.map((name) => [`demo/${name}`, readFileSync(join(folder, "demo", name))] as const);
  rmSync(folder, { recursive: true });
  return Object.fromEntries(files);
}

const version = (handler: string, change: Parameters<Trial["version"]>[1] = {}) =>
  trial.version(zipOf(classes), {
    runtime: "java21",
    handler: `demo.Demo${handler}`,
    timeoutMs: 30_000,
    memoryMb: 512,
    ...change,
  });

java("a Java function (needs a JDK of 17 or later)", () => {
  it.each([
    ["::text", "a", "a!"],
    ["::number", 41, 42],
    [
      "::any",
      { a: [1, 2.5, null, { b: true }], c: 'ü " \\ \n' },
      { a: [1, 2.5, null, { b: true }], c: 'ü " \\ \n' },
    ],
    ["::squares", [1, 2, 3], [1, 4, 9]],
    ["::nothing", {}, null],
    ["::bytes", { as: "they are" }, { as: "they are" }],
    ["$Copy", { as: "they are" }, { as: "they are" }],
    [
      "$Values",
      { a: { name: "n", count: 2 }, b: { name: "m", count: 1, size: "LARGE" } },
      [
        { name: "n", count: 2, size: null },
        { name: "m", count: 1, size: "LARGE" },
      ],
    ],
  ])("demo.Demo%s answers", async (handler, event, answer) => {
    expect((await trial.invoke(version(handler), event)).value).toEqual(answer);
  });

  it("takes and gives objects by their properties", async () => {
    const order = {
      id: "o-1",
      items: [{ name: "n", count: 2, size: "SMALL" }],
      sums: { a: [1, 2] },
      isPaid: true,
      at: "2026-01-02T03:04:05Z",
      weight: 1.5,
      unknown: [],
    };
    const { value } = await trial.invoke(version("::order"), order);
    const { unknown, ...known } = order;
    expect(value).toEqual({ ...known, weight: 3.5 });
  });

  it("is told about its invocation, and writes its log in events and lines", async () => {
    const used = version("::told");
    const clientContext = '{"client":{"app_title":"t"},"custom":{"a":"ü"}}';
    const { value } = await trial.invoke(used, {}, { requestId: "j-1", clientContext });
    expect(value).toEqual({
      id: "j-1",
      arn: used.arn,
      name: used.name,
      version: "$LATEST",
      memory: 512,
      remaining: true,
      app: "t",
      custom: { a: "ü" },
      group: used.logGroup,
      trace: true,
      cwd: true,
    });
    const own = trial.lines.filter(({ requestId, source }) => requestId === "j-1" && source === "function");
    expect(own.map(({ message }) => message)).toEqual(["one event\nof two lines", "printed ä", "and this"]);
  });

  it("writes its log as JSON from its level on", async () => {
    const used = version("::levels", { logFormat: "JSON", applicationLogLevel: "INFO" });
    await trial.invoke(used, {}, { requestId: "j-2" });
    const own = trial.lines.filter(({ requestId, source }) => requestId === "j-2" && source === "function");
    expect(own.map(({ message }) => JSON.parse(message))).toEqual([
      { timestamp: expect.any(String), message: "high", level: "WARN", AWSRequestId: "j-2" },
    ]);
  });

  it("keeps its state, and goes on after an error, which is told with its stack", async () => {
    const used = version("::throwing");
    for (let round = 0; round < 2; round++) {
      const reply = await trial.invoke(used);
      expect(reply).toMatchObject({
        functionError: "Unhandled",
        errorType: "java.lang.IllegalStateException",
      });
      const { errorMessage, stackTrace } = reply.value as { errorMessage: string; stackTrace: string[] };
      expect(errorMessage).toBe("no order");
      expect(stackTrace[0]).toMatch(/^demo\.Demo\.throwing\(Demo\.java:\d+\)$/);
      expect(stackTrace.join()).not.toContain("nuage.");
      expect(reply.tail).toContain(
        "no order: java.lang.IllegalStateException\njava.lang.IllegalStateException: no",
      );
      expect(reply.report.initDurationMs === undefined).toBe(round === 1);
    }
  });

  it.each([
    [
      "an event that does not fit",
      "::squares",
      "java.lang.RuntimeException",
      "An error occurred during JSON parsing",
    ],
    [
      "a class that is not there",
      "None::text",
      "java.lang.ClassNotFoundException",
      "Class not found: demo.DemoNone",
    ],
    [
      "a method that is not there",
      "::none",
      undefined,
      "No public method named none with appropriate method signature found on class demo.Demo",
    ],
    [
      "a class that is no handler",
      "$Order",
      undefined,
      "Class does not implement an appropriate handler interface: demo.Demo$Order",
    ],
    ["a constructor that fails", "$Broken", "java.lang.IllegalArgumentException", "no settings"],
    ["an exit", "::exiting", "Runtime.ExitError", /exit status 5$/],
    ["an answer that is too large", "::large", "Function.ResponseSizeTooLarge", /\(6291556 bytes\)/],
    ["memory that runs out", "::heavy", "java.lang.OutOfMemoryError", "Java heap space"],
  ])("tells %s as AWS does", async (_, handler, errorType, message) => {
    const reply = await trial.invoke(version(handler), { a: 1 });
    const { value } = reply;
    expect((value as { errorType?: string }).errorType).toBe(errorType);
    expect(reply.errorType).toBe(errorType ?? "Runtime.BadFunctionCode");
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect((value as { errorMessage: string }).errorMessage).toEqual(expected);
  });

  it("starts through its wrapper script, and with its own options", async () => {
    const wrapper = `#!/bin/sh\necho "wrapped $(basename "$1")"\nexport EXTRA=1\nexec "$@"\n`;
    const used = trial.version(zipOf({ ...classes, wrapper }), {
      runtime: "java17",
      handler: "demo.Demo::text",
      timeoutMs: 30_000,
      memoryMb: 512,
      environment: { AWS_LAMBDA_EXEC_WRAPPER: "/var/task/wrapper", JAVA_TOOL_OPTIONS: "-Dextra=1" },
    });
    expect((await trial.invoke(used, "w")).value).toBe("w!");
    expect(trial.messages()).toContain("wrapped java");
    expect(trial.messages()).toContain("Picked up JAVA_TOOL_OPTIONS: -Dextra=1");
  });
});

describe("a machine without Java", () => {
  it("says so", async () => {
    const { PATH, JAVA_HOME } = process.env;
    const own = await createTrial();
    process.env.PATH = "/nowhere";
    delete process.env.JAVA_HOME;
    try {
      const used = own.version({ "a.txt": "" }, { runtime: "java17", handler: "a.B" });
      const reply = await own.invoke(used, {}, { requestId: "j-9" });
      expect(reply.value).toEqual({
        errorType: "Runtime.InvalidEntrypoint",
        errorMessage: "RequestId: j-9 Error: The program java was not found on the PATH.",
      });
    } finally {
      process.env.PATH = PATH;
      if (JAVA_HOME !== undefined) process.env.JAVA_HOME = JAVA_HOME;
      await own.close();
    }
  });
});
