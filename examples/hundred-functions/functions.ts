// The known truth: what each of the hundred functions is, what it is sent, and what comes of it. The template
// is generated from it (generate.ts), the traffic is sent by it (drive.ts), and the test holds every number
// that the platform tells against it.

import type { Family, KnownFunction, KnownIssue } from "./known.ts";

const issue = (kind: string, title: string, rest: Partial<KnownIssue> = {}): KnownIssue => {
  const { events = 1, tries = events, recovered = 0 } = rest;
  return { class: kind, title, events, tries, recovered, lost: events - recovered, ...rest };
};

/** Called so often, and it fails every time. */
const failing = (times: number, kind: string, title: string): Pick<Family, "sends" | "truth"> => ({
  sends: [{ call: {}, times }],
  truth: { runs: times, failed: times, issues: [issue(kind, title, { events: times })] },
});

const HEALTHY: readonly Family[] = [
  {
    name: "calm",
    count: 26,
    handler: "healthy.answers",
    sends: [{ call: {}, times: 2 }],
    truth: { runs: 2 },
  },
  {
    ...{ name: "calm-python", count: 2, handler: "healthy_py.answers", runtime: "python3.13" },
    ...{ sends: [{ call: {}, times: 2 }], truth: { runs: 2 } },
  },
  { name: "slow", count: 3, handler: "healthy.waits", sends: [{ call: { ms: 300 } }], truth: { runs: 1 } },
  {
    ...{ name: "page", handler: "healthy.page", source: { kind: "http", method: "get", path: "/page" } },
    ...{ sends: [{ request: "", times: 3 }], truth: { runs: 3 } },
  },
  {
    ...{ name: "jobs", count: 2, handler: "healthy.answers", source: { kind: "queue" } },
    ...{ sends: [{ messages: ["a", "b", "c"] }], truth: { runs: 3 } },
  },
  {
    ...{ name: "clicks", handler: "healthy.answers", source: { kind: "stream" } },
    ...{ sends: [{ records: ["a", "b", "c"] }], truth: { runs: 3 } },
  },
];

const FLOWS: readonly Family[] = [
  {
    ...{ name: "shop-take", handler: "flow.takes", environment: { TARGET: "!Ref ShopChangeTable" } },
    calls: { "table shop-change": 2 },
    ...{ source: { kind: "http", method: "post", path: "/orders" }, may: ["dynamodb:PutItem"] },
    ...{ sends: [{ request: '{"id":"1"}' }, { request: '{"id":"2"}' }], truth: { runs: 2 } },
  },
  {
    ...{ name: "shop-change", handler: "flow.bills", environment: { TARGET: "!Ref ShopBillQueue" } },
    calls: { "queue shop-bill": 2 },
    ...{ source: { kind: "table" }, may: ["sqs:SendMessage"], truth: { runs: 2 } },
  },
  { name: "shop-bill", handler: "healthy.answers", source: { kind: "queue" }, truth: { runs: 2 } },
  {
    ...{ name: "desk", handler: "flow.asks", environment: { TARGET: "desk-price" } },
    calls: { "function desk-price": 2 },
    ...{ may: ["lambda:InvokeFunction"], sends: [{ call: {}, times: 2 }], truth: { runs: 2 } },
  },
  { name: "desk-price", handler: "healthy.answers", truth: { runs: 2 } },
  {
    ...{ name: "news", handler: "flow.publishes", environment: { TARGET: "!Ref NewsTopic" } },
    calls: { "topic news": 1 },
    ...{ may: ["sns:Publish"], sends: [{ call: {} }], truth: { runs: 1 } },
  },
  {
    ...{ name: "reader", count: 2, handler: "healthy.answers", source: { kind: "topic", topic: "news" } },
    truth: { runs: 1 },
  },
  {
    ...{ name: "told", handler: "flow.putsEvent", may: ["events:PutEvents"] },
    calls: { "bus default": 1 },
    ...{ sends: [{ call: {} }], truth: { runs: 1 } },
  },
  { name: "told-of", handler: "healthy.answers", source: { kind: "rule" }, truth: { runs: 1 } },
  {
    ...{ name: "photo", handler: "flow.uploads", environment: { TARGET: "!Ref PhotoSeenBucket" } },
    calls: { "bucket photo-seen": 1 },
    ...{ may: ["s3:PutObject"], sends: [{ call: {} }], truth: { runs: 1 } },
  },
  { name: "photo-seen", handler: "healthy.answers", source: { kind: "bucket" }, truth: { runs: 1 } },
];

const GATE = { HERE: "!Ref GateHere", GO: "!Ref GateGo" };
const AT_GATE = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"];

const NO_PACKAGE = "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'no-such-package'";
const NO_MODULE = "Unable to import module 'fails_at_import_py': No module named 'no_such_package'";
const TOO_LARGE = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
const BUG = "TypeError: Cannot read properties of undefined (reading 'length')";

/** Each call fails, and he who called is told: nobody tries again. */
const FAILING: readonly Family[] = [
  // One bug in a file that all of them have: each has an issue of its own, for each is deployed by itself.
  { name: "bug", count: 4, handler: "failing.prices", ...failing(2, "handler", BUG) },
  {
    ...{ name: "either", handler: "failing.either" },
    sends: [{ call: { where: "here" }, times: 2 }, { call: { where: "there" } }],
    truth: {
      ...{ runs: 3, failed: 3 },
      issues: [issue("handler", "Error: no stock", { events: 2 }), issue("handler", "Error: no stock")],
    },
  },
  {
    ...{ name: "sometimes", handler: "failing.sometimes" },
    sends: [{ call: {}, times: 3 }, { call: { bad: true } }],
    truth: { runs: 4, failed: 1, issues: [issue("handler", "RangeError: out of range")] },
  },
  {
    ...{ name: "divides", handler: "failing_py.divides", runtime: "python3.13" },
    sends: [{ call: { by: 1 } }, { call: { by: 0 } }],
    truth: { runs: 2, failed: 1, issues: [issue("handler", "ZeroDivisionError: division by zero")] },
  },
  { name: "starts", count: 2, handler: "fails_at_init.handler", ...failing(1, "init", "Error: no settings") },
  {
    ...{ name: "imports", handler: "fails_at_import.handler" },
    ...failing(
      1,
      "import",
      `Runtime.ImportModuleError: ${NO_PACKAGE} imported from /var/task/fails_at_import.mjs`,
    ),
  },
  {
    ...{ name: "imports-python", handler: "fails_at_import_py.handler", runtime: "python3.13" },
    ...failing(1, "import", `Runtime.ImportModuleError: ${NO_MODULE}`),
  },
  {
    ...{ name: "imports-nothing", handler: "healthy.absent" },
    ...failing(1, "import", "Runtime.HandlerNotFound: healthy.absent is undefined or not exported"),
  },
  {
    ...{ name: "hangs", count: 2, handler: "failing.hangs", timeoutSeconds: 1 },
    sends: [{ call: {} }],
    truth: {
      ...{ runs: 1, failed: 1, warnings: ["timeouts"] },
      issues: [issue("timeout", "Sandbox.Timeout: Task timed out after 1.00 seconds")],
    },
  },
  {
    ...{ name: "fills", count: 2, handler: "failing.fills", memoryMb: 128 },
    sends: [{ call: {} }],
    truth: {
      ...{ runs: 1, failed: 1, warnings: ["memory"] },
      issues: [issue("out of memory", "Runtime.OutOfMemory: Runtime exited with error: signal: killed")],
    },
  },
  {
    ...{ name: "exits", count: 2, handler: "failing.exits" },
    ...failing(1, "exit", "Runtime.ExitError: Runtime exited with error: exit status 3"),
  },
  {
    ...{ name: "too-much", handler: "failing.answersTooMuch" },
    ...failing(1, "payload", `Function.ResponseSizeTooLarge: ${TOO_LARGE}`),
  },
  {
    ...{ name: "no-json", handler: "failing.answersNoJson" },
    ...failing(
      1,
      "payload",
      "Runtime.MarshalError: Unable to stringify response body: Do not know how to serialize a BigInt",
    ),
  },
  {
    ...{ name: "denied", handler: "failing.isDenied" },
    ...failing(
      1,
      "permission",
      "AccessDeniedException: User: hundred is not authorized to perform: dynamodb:GetItem",
    ),
  },
  {
    ...{ name: "depends", handler: "failing.isThrottled" },
    ...failing(1, "throttle", "ThrottlingException: Rate exceeded"),
  },
  {
    ...{ name: "logs-errors", count: 2, handler: "failing.logsError", sends: [{ call: {}, times: 2 }] },
    truth: {
      runs: 2,
      issues: [issue("logged", "RangeError: page is missing", { events: 2, recovered: 2 })],
    },
  },
  {
    ...{ name: "switched-off", handler: "healthy.answers", reserved: 0, sends: [{ call: {}, times: 2 }] },
    truth: {
      ...{ runs: 0, throttles: 2, warnings: ["throttles"] },
      issues: [issue("throttle", "TooManyRequestsException: Rate Exceeded.", { events: 2 })],
    },
  },
  {
    ...{ name: "narrow", handler: "wasteful.waitsAtTheGate", reserved: 1, environment: GATE, may: AT_GATE },
    calls: { "queue gate-here": 1, "queue gate-go": 2 },
    sends: [{ callMeanwhile: {}, times: 3 }],
    truth: {
      ...{ runs: 1, throttles: 3, peak: 1, coldStarts: 1, warnings: ["throttles"] },
      issues: [issue("throttle", "TooManyRequestsException: Rate Exceeded.", { events: 3 })],
    },
  },
];

/** What fails is tried again: as often as an event, a queue or a stream has it. */
const TRYING: readonly Family[] = [
  {
    ...{ name: "again", count: 3, handler: "failing.untilItWorks", sends: [{ event: { fails: 2 } }] },
    truth: {
      ...{ runs: 3, failed: 2 },
      issues: [issue("handler", "Error: not yet", { tries: 2, recovered: 1 })],
    },
  },
  {
    ...{ name: "never", count: 2, handler: "failing.never", deadLetters: true, sends: [{ event: {} }] },
    truth: { runs: 3, failed: 3, issues: [issue("handler", "Error: never", { tries: 3 })] },
  },
  {
    ...{ name: "dead", count: 2, handler: "failing.never", source: { kind: "queue", receives: 2 } },
    sends: [{ messages: ["a", "b"] }],
    truth: { runs: 4, failed: 4, issues: [issue("handler", "Error: never", { events: 2, tries: 4 })] },
  },
  {
    ...{ name: "partly", count: 2, handler: "failing.someOfABatch" },
    source: { kind: "queue", batch: 10, partial: true, receives: 2 },
    sends: [{ messages: ["good", "bad", "shy"] }],
    truth: {
      runs: 2,
      issues: [
        issue("partial batch", "Records of a batch failed by themselves", {
          ...{ events: 2, tries: 2, recovered: 1 },
        }),
      ],
    },
  },
  {
    ...{ name: "gives-up", handler: "failing.chokesOnRecord", source: { kind: "stream", retries: 2 } },
    sends: [{ records: ["good", "poison", "good"] }],
    truth: { runs: 5, failed: 3, issues: [issue("handler", "Error: poison", { tries: 3 })] },
  },
  {
    ...{ name: "gives-up-item", handler: "failing.chokesOnItem", source: { kind: "table", retries: 1 } },
    sends: [{ items: ["good", "poison"] }],
    truth: { runs: 3, failed: 2, issues: [issue("handler", "Error: poison", { tries: 2 })] },
  },
  {
    ...{ name: "blocked", handler: "failing.chokesOnRecord", source: { kind: "stream" } },
    sends: [{ records: ["good", "poison", "good", "good"] }],
    truth: {
      warnings: ["blocked shard", "iterator age"],
      issues: [
        { class: "handler", title: "Error: poison", events: 1, recovered: 0, lost: 0 },
        {
          class: "stream blocked",
          title: "Records of blocked block shard shardId-000000000000",
          events: 1,
          recovered: 0,
          lost: 0,
        },
      ],
    },
  },
  {
    ...{ name: "loop", handler: "flow.invokesItself", may: ["lambda:InvokeFunction"] },
    calls: { "function loop": 16 },
    sends: [{ event: {} }],
    truth: {
      ...{ runs: 16, warnings: ["loop"] },
      issues: [issue("recursion", "Recursive loop through lambda stopped after 16 rounds")],
    },
  },
  {
    ...{ name: "loop-queue", handler: "flow.sendsToItself", source: { kind: "queue", receives: 2 } },
    calls: { "queue loop-queue": 16 },
    ...{ environment: { TARGET: "!Ref LoopQueueQueue" }, may: ["sqs:SendMessage"] },
    sends: [{ messages: ["a"] }],
    truth: {
      ...{ runs: 16, warnings: ["loop"] },
      issues: [issue("recursion", "Recursive loop through sqs stopped after 16 rounds", { tries: 2 })],
    },
  },
];

/** Nothing fails, and something is to be said. */
const WASTEFUL: readonly Family[] = [
  {
    ...{ name: "near-timeout", handler: "wasteful.usesItsTime", timeoutSeconds: 30, sends: [{ call: {} }] },
    truth: { runs: 1, warnings: ["duration"] },
  },
  {
    ...{ name: "grows", handler: "wasteful.grows", memoryMb: 256 },
    sends: [{ call: { upToMb: 100 } }, { call: { upToMb: 170 } }, { call: { upToMb: 247 } }],
    truth: { runs: 3, coldStarts: 1, warnings: ["memory"] },
  },
  {
    ...{ name: "roomy", count: 2, handler: "healthy.answers", memoryMb: 4096 },
    ...{ sends: [{ call: {}, times: 10 }], truth: { runs: 10, warnings: ["too much memory"] } },
  },
  {
    ...{ name: "cold", handler: "wasteful.mayWaitAtTheGate", environment: GATE, may: AT_GATE },
    calls: { "queue gate-here": 4, "queue gate-go": 8 },
    sends: [
      { callTogether: { waits: true }, times: 4 },
      { call: {}, times: 96 },
    ],
    truth: { runs: 100, coldStarts: 4, peak: 4, warnings: ["cold starts"] },
  },
  {
    ...{ name: "old", handler: "healthy.answers", runtime: "nodejs18.x", sends: [{ call: {} }] },
    truth: { runs: 1, warnings: ["deprecated runtime"] },
  },
  {
    ...{ name: "old-python", handler: "healthy_py.answers", runtime: "python3.9", sends: [{ call: {} }] },
    truth: { runs: 1, warnings: ["deprecated runtime"] },
  },
  {
    ...{ name: "leaves", handler: "wasteful.leavesWork", sends: [{ call: {} }] },
    truth: { runs: 1, warnings: ["work left"] },
  },
  {
    ...{ name: "leaves-python", handler: "wasteful_py.leaves_work", runtime: "python3.13" },
    ...{ sends: [{ call: {} }], truth: { runs: 1, warnings: ["work left"] } },
  },
  {
    ...{ name: "in-a-row", handler: "flow.asksInARow", environment: { TARGET: "in-a-row-part" } },
    calls: { "function in-a-row-part": 3 },
    ...{ may: ["lambda:InvokeFunction"], sends: [{ call: {} }] },
    truth: { runs: 1, warnings: ["calls in a row"] },
  },
  { name: "in-a-row-part", handler: "healthy.waits", truth: { runs: 3 } },
  {
    ...{ name: "hot-key", handler: "wasteful.heatsOneKey", environment: { TARGET: "!Ref HotKeyTable" } },
    calls: { "table hot-key": 100 },
    ...{ may: ["dynamodb:PutItem", "dynamodb:UpdateItem"], sends: [{ call: {} }] },
    truth: { runs: 1, warnings: ["hot key"] },
  },
  {
    ...{ name: "ready", handler: "healthy.answers", provisioned: 3 },
    sends: [{ call: {}, times: 2, qualifier: "live" }],
    truth: { runs: 2, peak: 1, coldStarts: 0, warnings: ["idle provisioned concurrency"] },
  },
];

export const FUNCTIONS: readonly KnownFunction[] = [HEALTHY, FLOWS, FAILING, TRYING, WASTEFUL]
  .flat()
  .flatMap((family) => {
    const { name, count } = family;
    if (count === undefined) return [{ ...family, family: name }];
    return Array.from({ length: count }, (_, at) => ({ ...family, name: `${name}-${at + 1}`, family: name }));
  });
