import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EngineError } from "../../src/errors.js";
import { advice, chooseTensorflow, type Tensorflow, tensorflow, tensorflowStatus } from "../../src/neurons/tensorflow.js";
import { root } from "../support/paths.js";

const fake = { version_core: "0" } as unknown as Tensorflow;
const gpu = "@tensorflow/tfjs-node-gpu";
const list = [
  [gpu, "tensorflow"],
  ["@tensorflow/tfjs", "wasm"],
] as const;
/** Fails for the GPU package with `error`, loads the other. */
const failing = (error: Error, code?: string) => async (name: string) => {
  if (name !== gpu) return fake;
  throw code === undefined ? error : Object.assign(error, { code });
};

test("TensorFlow.js loads, computes, and says where it comes from", async () => {
  const { tf, package: name, backend } = await tensorflow();
  assert.match(name, /^@tensorflow\/tfjs(-node(-gpu)?)?$/);
  assert.is(tf.getBackend(), backend);
  assert.equal([...(await tf.tensor([1, 2, 3]).mul(2).data())], [2, 4, 6]);
  assert.is((await tensorflow()).tf, tf);
  const status = await tensorflowStatus();
  assert.equal([status.package, status.backend, status.version], [name, backend, "4.22.0"]);
  assert.equal(
    status.attempts.filter(({ outcome }) => outcome === "used").map((one) => one.package),
    [name],
  );
});

test("without an optional package the wasm backend of @tensorflow/tfjs is used", async () => {
  const { package: name, backend, attempts } = await tensorflowStatus();
  if (name !== "@tensorflow/tfjs") return;
  assert.is(backend, "wasm");
  assert.equal(
    attempts.map(({ outcome }) => outcome),
    ["not installed", "not installed", "used", "not needed"],
  );
});

for (const backend of ["wasm", "cpu"])
  test(`backend ${backend} prints nothing and lets the process end`, () => {
    const module = pathToFileURL(path.join(root, "dist", "src", "neurons", "tensorflow.js"));
    const program = `
      import { loadTensorflow } from ${JSON.stringify(module)};
      const tf = await loadTensorflow("@tensorflow/tfjs", ${JSON.stringify(backend)});
      const values = await tf.softmax(tf.tensor2d([[0, 0]])).data();
      if (tf.getBackend() !== ${JSON.stringify(backend)} || values[0] !== 0.5) process.exitCode = 3;`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8", cwd: root });
    assert.equal([status, stdout, stderr], [0, "", ""]);
  });

test("only the package itself being absent counts as not installed", async () => {
  const absent = failing(new Error(`Cannot find package '${gpu}' imported from /a/b.js`), "ERR_MODULE_NOT_FOUND");
  const { choice, attempts } = await chooseTensorflow(list, absent);
  assert.is(choice.package, "@tensorflow/tfjs");
  assert.equal(attempts[0], { package: gpu, backend: "tensorflow", outcome: "not installed" });
  for (const error of [
    failing(new Error("Cannot find module '@mapbox/node-pre-gyp'"), "MODULE_NOT_FOUND"),
    failing(new Error(`Cannot find package '/x/node_modules/${gpu}/dist/index.js' imported from /a/b.js`), "ERR_MODULE_NOT_FOUND"),
    failing(new Error("libcudart.so.11.0: cannot open shared object file"), "ERR_DLOPEN_FAILED"),
    failing(new TypeError("isNullOrUndefined is not a function")),
  ]) {
    const { choice, attempts } = await chooseTensorflow(list, error);
    assert.is(choice.backend, "wasm");
    assert.is(attempts[0]?.outcome, "failed");
    assert.ok(attempts[0]?.reason);
  }
});

test("a package that is present is used, and those after it are not tried", async () => {
  const asked: string[] = [];
  const { choice, attempts } = await chooseTensorflow(list, async (name) => {
    asked.push(name);
    return fake;
  });
  assert.equal([asked, choice.package], [[gpu], gpu]);
  assert.equal(
    attempts.map(({ outcome }) => outcome),
    ["used", "not needed"],
  );
  assert.is(advice(attempts), "");
});

test("the advice says how to add the GPU package, or why the installed one does not work", async () => {
  const absent = failing(new Error(`Cannot find package '${gpu}'`), "ERR_MODULE_NOT_FOUND");
  assert.match(advice((await chooseTensorflow(list, absent)).attempts), /npm install @tensorflow\/tfjs-node-gpu .*CUDA 11\.2/);
  const broken = failing(new Error("libcudart is missing"));
  assert.match(advice((await chooseTensorflow(list, broken)).attempts), /installed but does not work.*libcudart is missing/);
});

test("where nothing loads the error names every attempt", async () => {
  const none = async (name: string, backend: string): Promise<Tensorflow> => {
    throw new Error(`no ${name} ${backend}`);
  };
  try {
    await chooseTensorflow(list, none);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, EngineError);
    assert.match((error as Error).message, /tfjs-node-gpu \(tensorflow\): no .*@tensorflow\/tfjs \(wasm\): no/);
  }
});

test.run();
