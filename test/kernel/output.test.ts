import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KernelClient } from "../../kernel/client.js";
import type { Fields } from "../../kernel/protocol/messages.js";
import { outputsOf, run, startKernel } from "../support/kernel.js";

let kernel: KernelClient;
const asked: [string, boolean][] = [];
test.before(async () => {
  kernel = await startKernel({
    onInput: (prompt, password) => {
      asked.push([prompt, password]);
      return `typed ${asked.length}`;
    },
  });
});
test.after(() => kernel.shutDown());

const dataOf = ({ content }: { content: Fields }) => content.data as Fields;

test("busy, input, output, idle come in this order, all with the request's header as parent", async () => {
  const { reply, published } = await kernel.execute("console.log('hi'); 3");
  assert.equal(
    published.map(({ header }) => header.msg_type),
    ["status", "execute_input", "stream", "execute_result", "status"],
  );
  for (const { parent } of published) assert.is(parent.msg_id, reply.parent.msg_id);
  assert.equal([reply.content.status, reply.content.payload, reply.content.user_expressions], ["ok", [], {}]);
});

test("both streams keep their order, also those of child processes", async () => {
  const { outputs } = await run(
    kernel,
    "console.log('a'); console.error('b'); process.stdout.write('c'); void process.stdout.write(' d\\n')",
  );
  assert.equal(
    outputs.map(({ content }) => [content.name, content.text]),
    [
      ["stdout", "a\n"],
      ["stderr", "b\n"],
      ["stdout", "c d\n"],
    ],
  );
  const child = await run(
    kernel,
    `import { execFileSync, spawn } from "node:child_process";
     execFileSync(process.execPath, ["-e", "console.log('sync')"], { stdio: "inherit" });
     await new Promise((done) => spawn(process.execPath, ["-e", "console.log('one'); console.error('two')"], { stdio: "inherit" }).on("close", done));
     console.log("after")`,
  );
  assert.equal([child.stdout, child.stderr], ["sync\none\nafter\n", "two\n"]);
});

test("what is displayed keeps its place among texts and other displays, however long it takes to make", async () => {
  const { outputs } = await run(
    kernel,
    `const slow = (text: string, ms: number) => ({
       async [Symbol.for("Jupyter.mime")]() { await new Promise((done) => setTimeout(done, ms)); return { "text/html": text, "text/plain": text } },
     });
     console.log("a"); display(1); console.log("b");
     display(slow("first", 60)); display(slow("second", 10)); console.log("c");
     display({ "text/html": "d" });
     const one = display(slow("never", 50)); one.update("e"); one.update(slow("kept", 10));
     display(slow("last", 5));`,
  );
  const shown = new Map<string, string>();
  for (const { header, content } of outputs) {
    const data = content.data as Record<string, string> | undefined;
    const text = content.text ?? data!["text/html"] ?? (/^\{|^Object/.test(data!["text/plain"]!) ? "being made" : data!["text/plain"]!);
    const id = (content.transient as { display_id: string } | undefined)?.display_id ?? header.msg_id;
    shown.set(id, String(text).trim());
  }
  assert.equal([...shown.values()], ["a", "1", "b", "first", "second", "c", "d", "kept", "last"]);
  // nothing came after it, so that it needed no place kept
  const last = outputs.filter(({ content }) => (content.data as Record<string, string> | undefined)?.["text/html"] === "last");
  assert.equal(
    last.map(({ header }) => header.msg_type),
    ["display_data"],
  );
});

test("a display that fails says so, and the cell goes on", async () => {
  const { status, stderr, said } = await run(
    kernel,
    `display({ async [Symbol.for("Jupyter.mime")]() { throw new Error("no picture") } });
     display({ [Symbol.for("Jupyter.mime")]() { throw new Error("none at once") } }); 42`,
  );
  assert.equal([status, said], ["ok", "42"]);
  for (const part of ["display: no picture", "display: none at once"]) assert.match(stderr, part);
});

test("what a loop prints arrives while it loops", async () => {
  let seen: () => void;
  const first = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const done = kernel.execute("console.log('started'); for (const end = Date.now() + 1e6; Date.now() < end; ) console.log('more')", {
    onOutput: ({ header }) => header.msg_type === "stream" && seen(),
  });
  await first;
  await kernel.interrupt();
  assert.is((await done).reply.content.ename, "KeyboardInterrupt");
});

test("output of a timer lands below the cell that started it", async () => {
  const { reply } = await kernel.execute("setTimeout(() => console.log('late'), 30)");
  const late = new Promise<string>((resolve) => {
    kernel.onPublished = ({ header, parent, content }) => {
      if (header.msg_type === "stream" && content.text === "late\n") resolve(parent.msg_id ?? "");
    };
  });
  await kernel.execute("await new Promise((done) => setTimeout(done, 60))");
  assert.is(await late, reply.parent.msg_id);
});

test("display shows a bundle or a value, an update reaches it, clearOutput clears", async () => {
  const { outputs } = await run(
    kernel,
    "const shown = display({ 'text/html': '<b>1</b>' }); shown.update({ 'text/html': '<b>2</b>' }); clearOutput(true); display([1])",
  );
  assert.equal(
    outputs.map(({ header }) => header.msg_type),
    ["display_data", "update_display_data", "clear_output", "display_data"],
  );
  const id = (content: Fields) => (content.transient as Fields).display_id;
  assert.is(id(outputs[0]!.content), id(outputs[1]!.content));
  assert.equal(
    [dataOf(outputs[1]!), outputs[2]!.content, dataOf(outputs[3]!)],
    [{ "text/html": "<b>2</b>" }, { wait: true }, { "text/plain": "[ 1 ]" }],
  );
});

test("values show themselves by either symbol; tables are HTML; arrays and tensors are short", async () => {
  const shown = async (code: string) => dataOf((await run(kernel, code)).outputs.at(-1)!);
  for (const name of ["Jupyter.mime", "Jupyter.display"])
    assert.equal(await shown(`({ [Symbol.for("${name}")]: () => ({ "text/markdown": "*x*", "text/plain": "x" }) })`), {
      "text/markdown": "*x*",
      "text/plain": "x",
    });
  const table = await shown("import { table } from 'arquero'; table({ a: [1, 2], b: ['x', 'y'] })");
  assert.match(String(table["text/html"]), "<table>");
  assert.is(table["text/plain"], "a  b\n1  x\n2  y\n2 rows × 2 columns");
  assert.is((await shown("new Float32Array(1000)"))["text/plain"], "Float32Array (1000) [0, 0, 0, 0, 0, 0, 0, 0, … 992 more]");
  const rows = "[{ prompt: 0, position: 0, token: 5 }, { prompt: 0, position: 1, token: 6 }]";
  const activations = `new Activations({ site: "blocks.0.mlp.hook_post", shape: [2, 2], data: new Float32Array([0.5, 1, 1 / 3, -2]), axes: ["position", "neuron"], rows: ${rows} })`;
  assert.is((await shown(activations))["text/plain"], "Activations blocks.0.mlp.hook_post (2, 2) [0.5, 1, 0.33333, -2]");
});

test("progress is one display that is updated", async () => {
  const { outputs } = await run(kernel, "for (const _ of progress([1, 2, 3], 'steps')) await new Promise((done) => setTimeout(done, 1))");
  const [first, ...rest] = outputs;
  assert.is(first!.header.msg_type, "display_data");
  for (const { header } of rest) assert.is(header.msg_type, "update_display_data");
  assert.match(String(dataOf(outputs.at(-1)!)["text/plain"]), /^steps: 3 of 3/);
});

test("input asks the client, and so does readline", async () => {
  assert.is((await run(kernel, "await input('name? ')")).said, "'typed 1'");
  await run(kernel, "await input('secret ', { password: true })");
  assert.equal(asked, [
    ["name? ", false],
    ["secret ", true],
  ]);
  const code = `import readline from "node:readline/promises";
    const reader = readline.createInterface({ input: process.stdin, output: process.stdout });
    const line = await reader.question("colour? "); reader.close(); line`;
  assert.is((await run(kernel, code)).said, "'typed 3'");
  await run(kernel, "await new Promise((done) => setTimeout(done, 100))");
  assert.is(asked.length, 3);
});

test("counts go up with history only; silent runs say nothing; expressions are evaluated after the cell", async () => {
  const count = Number((await run(kernel, "1")).reply.execution_count);
  const silent = await run(kernel, "console.log('x'); 5", { silent: true });
  assert.equal([silent.outputs, silent.reply.execution_count], [[], count]);
  assert.is((await run(kernel, "2", { storeHistory: false })).reply.execution_count, count);
  const { reply } = await run(kernel, "const base = 20", { expressions: { double: "base * 2", bad: "nowhere" } });
  assert.is(reply.execution_count, count + 1);
  const { double, bad } = reply.user_expressions as Record<string, Fields>;
  assert.equal([double!.status, (double!.data as Fields)["text/plain"], bad!.status], ["ok", "40", "error"]);
});

test("a failure aborts what was sent with it, unless told not to; what comes later runs", async () => {
  const sent = ["throw new Error('first')", "1", "2"].map((code) => kernel.execute(code));
  const answers = await Promise.all(sent);
  assert.equal(
    answers.map(({ reply }) => reply.content.ename),
    ["Error", "Aborted", "Aborted"],
  );
  assert.equal(outputsOf(answers[1]!.published), []);
  assert.is((await run(kernel, "'next'")).said, "'next'");
  const going = await Promise.all([kernel.execute("throw 1", { stopOnError: false }), kernel.execute("2")]);
  assert.equal(
    going.map(({ reply }) => reply.content.status),
    ["error", "ok"],
  );
});

test("errors outside of any cell's run are told, and the kernel lives", async () => {
  const { stderr } = await run(
    kernel,
    "setTimeout(() => { throw new Error('in a timer') }); void Promise.reject(new Error('unheard')); await new Promise((done) => setTimeout(done, 100))",
  );
  assert.match(stderr, "Uncaught Error: in a timer".replace("Error", ".*Error").slice(0, 8));
  assert.match(stderr, "in a timer");
  assert.match(stderr, "unheard");
  assert.match(String((await run(kernel, "process.exit(3)")).said), "would end the kernel");
});

test("comms open from both sides", async () => {
  await run(kernel, "comms.on('echo', (comm) => { comm.onMessage = ({ data }) => comm.send({ back: data.value }) })");
  const heard = new Promise<Fields>((resolve) => {
    kernel.onPublished = ({ header, content }) => header.msg_type === "comm_msg" && resolve(content);
  });
  const send = (type: string, content: Fields) => kernel.raw("shell", kernel.wire.encodeRequest(type, content).frames);
  send("comm_open", { comm_id: "c1", target_name: "echo", data: {} });
  send("comm_msg", { comm_id: "c1", data: { value: 7 } });
  assert.equal(await heard, { comm_id: "c1", data: { back: 7 } });
  await run(kernel, "const opened = comms.open('widget', { a: 1 })");
  const { reply } = await kernel.request("comm_info_request", { target_name: "widget" });
  assert.equal(Object.values(reply.content.comms as Fields), [{ target_name: "widget" }]);
});

test.run();
