import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError, OptionError } from "../../src/errors.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { hubCacheDir, isOffline, locateAdapter, locateModel } from "../../src/weights/hub.js";
import { readFloat32, writeSafetensors } from "../../src/weights/safetensors.js";
import { commit, type HubServer, hubServer } from "../support/hub-server.js";
import { tempFolder } from "../support/temp.js";

const test = suite("hub");
const repo = "org/tiny";
const count = 250_000;
const values = Float32Array.from({ length: count }, (_, i) => i);
const weightsFile = path.join(tempFolder(), "w.safetensors");
writeSafetensors(weightsFile, { w: { dtype: "F32", shape: [count], data: values } });
const weights = fs.readFileSync(weightsFile);
const files = {
  "config.json": Buffer.from('{"model_type":"llama"}'),
  "tokenizer.json": Buffer.alloc(3000, "{"),
  "README.md": Buffer.from("not needed"),
  "model.safetensors": weights,
  "consolidated.safetensors": weights,
  "pytorch_model.bin": Buffer.from("never fetched"),
};

const variables = ["HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"] as const;
const before = variables.map((name) => [name, process.env[name]] as const);
let server: HubServer;
let cacheDir: string;

async function serve(content: Readonly<Record<string, Buffer>>): Promise<void> {
  server = await hubServer(repo, content);
  process.env.HF_ENDPOINT = server.url;
}

test.before.each(async () => {
  for (const name of variables) delete process.env[name];
  cacheDir = tempFolder();
  await serve(files);
});

test.after.each(async () => {
  await server.close();
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error("it was accepted");
    },
    (error: Error) => error,
  );
}

const bodies = () => server.log.filter((line) => line.includes("/resolve/") && !line.endsWith("bytes=0-0"));
const stored = (file: string) => path.join(cacheDir, "models--org--tiny", file);

test("the cache's folder follows the environment in the order that all tools use", () => {
  const all = { HF_HUB_CACHE: "/a", HUGGINGFACE_HUB_CACHE: "/b", HF_HOME: "/c", XDG_CACHE_HOME: "/d" };
  assert.is(hubCacheDir(all), path.resolve("/a"));
  assert.is(hubCacheDir({ ...all, HF_HUB_CACHE: undefined }), path.resolve("/b"));
  assert.is(hubCacheDir({ HF_HOME: "/c", XDG_CACHE_HOME: "/d" }), path.resolve("/c/hub"));
  assert.is(hubCacheDir({ HF_HOME: "~/c" }), path.join(os.homedir(), "c", "hub"));
  assert.is(hubCacheDir({ XDG_CACHE_HOME: "/d" }), path.resolve("/d/huggingface/hub"));
  assert.is(hubCacheDir({}), path.join(os.homedir(), ".cache", "huggingface", "hub"));
});

test("offline is 1, ON, YES or TRUE in either variable", () => {
  for (const value of ["1", "ON", "yes", "True"]) assert.ok(isOffline({ HF_HUB_OFFLINE: value }), value);
  assert.ok(isOffline({ TRANSFORMERS_OFFLINE: "1" }));
  for (const value of ["0", "", "no", "11"]) assert.not(isOffline({ HF_HUB_OFFLINE: value }), value);
});

test("a local folder wins, without any request", async () => {
  const folder = tempFolder();
  assert.is(await locateModel(folder), folder);
  assert.is(await locateAdapter(weightsFile), weightsFile);
  assert.instance(await rejection(locateModel(weightsFile)), OptionError);
  assert.instance(await rejection(locateModel("./no/such/folder")), NotFoundError);
  assert.equal(server.log, []);
});

test("a download brings the files needed into the shared layout, and the next call needs no network", async () => {
  process.env.HF_TOKEN = "hf_test";
  const seen = new Map<string, number[]>();
  const folder = await locateModel(repo, {
    cacheDir,
    onProgress: ({ file, loaded, total }) => {
      assert.is(total, files[file as keyof typeof files].length);
      seen.set(file, [...(seen.get(file) ?? []), loaded]);
    },
  });
  assert.is(folder, stored(`snapshots/${commit}`));
  assert.equal(fs.readdirSync(folder).sort(), ["config.json", "model.safetensors", "tokenizer.json"]);
  assert.is(fs.readFileSync(stored("refs/main"), "utf8"), commit);
  assert.match(fs.readlinkSync(path.join(folder, "model.safetensors")), /^\.\.[/\\]\.\.[/\\]blobs[/\\][0-9a-f]{64}$/);
  assert.match(fs.readlinkSync(path.join(folder, "config.json")), /blobs[/\\][0-9a-f]{40}$/);
  assert.equal(readFloat32(openCheckpoint(folder, repo).tensors.get("w")!), values);
  assert.equal([...server.tokens], ["Bearer hf_test"]);
  const steps = seen.get("model.safetensors")!;
  assert.is(steps.at(-1), weights.length);
  assert.equal(
    steps,
    [...steps].sort((a, b) => a - b),
  );

  const requests = server.log.length;
  assert.is(await locateModel(repo, { cacheDir }), folder);
  process.env.HF_HUB_OFFLINE = "1";
  assert.is(await locateModel(repo, { cacheDir, revision: commit }), folder);
  assert.is(server.log.length, requests);
});

test("a connection that breaks is taken up where it broke", async () => {
  Object.assign(server, { cutAfter: 300_000, cuts: 2 });
  const folder = await locateModel(repo, { cacheDir });
  assert.equal(fs.readFileSync(path.join(folder, "model.safetensors")), weights);
  const ranges = bodies().filter((line) => line.includes("model.safetensors"));
  assert.is(ranges.length, 3);
  assert.match(ranges[1]!, /bytes=[1-9]\d*-/);
});

test("an aborted download keeps what has arrived, and the next call goes on from there", async () => {
  Object.assign(server, { cutAfter: 300_000, cuts: 1 });
  const stop = new AbortController();
  const onProgress = ({ file, loaded }: { file: string; loaded: number }) => {
    if (file === "model.safetensors" && loaded > 100_000) stop.abort();
  };
  const error = await rejection(locateModel(repo, { cacheDir, signal: stop.signal, onProgress }));
  assert.is(error.name, "AbortError");
  const incomplete = fs.readdirSync(stored("blobs")).find((name) => name.endsWith(".incomplete"))!;
  const kept = fs.statSync(stored(`blobs/${incomplete}`)).size;
  assert.ok(kept > 100_000 && kept < weights.length, `${kept} bytes kept`);

  process.env.HF_HUB_OFFLINE = "1";
  assert.instance(await rejection(locateModel(repo, { cacheDir })), NotFoundError);
  delete process.env.HF_HUB_OFFLINE;
  server.log.length = 0;
  const folder = await locateModel(repo, { cacheDir });
  assert.equal(fs.readFileSync(path.join(folder, "model.safetensors")), weights);
  assert.equal(
    bodies().map((line) => line.split("/").at(-1)),
    [`model.safetensors bytes=${kept}-${weights.length - 1}`],
  );
});

test("a server that keeps cutting without a byte is given up, and an error in onProgress is the caller's", async () => {
  Object.assign(server, { cutAfter: 0, cuts: 100 });
  const error = await rejection(locateModel(repo, { cacheDir }));
  assert.instance(error, NotFoundError);
  assert.match(error.message, /could not be reached.*hf download org\/tiny/);
  server.cuts = 0;
  const own = new TypeError("mine");
  const onProgress = () => {
    throw own;
  };
  assert.is(await rejection(locateModel(repo, { cacheDir, onProgress })), own);
});

test("two calls at once fetch each file once", async () => {
  const [a, b] = await Promise.all([locateModel(repo, { cacheDir }), locateModel(repo, { cacheDir })]);
  assert.is(a, b);
  assert.is(bodies().length, 3);
});

test("bytes that are not those announced are refused and removed", async () => {
  server.damage = true;
  const error = await rejection(locateModel(repo, { cacheDir }));
  assert.instance(error, FileFormatError);
  assert.match(error.message, /has checksum .*; the hub announced/);
  assert.equal(fs.readdirSync(stored("blobs")), []);
});

test("shards are those that the index names", async () => {
  await server.close();
  const shard = (name: string) => {
    writeSafetensors(weightsFile, { [name]: { dtype: "F32", shape: [300], data: new Float32Array(300) } });
    return fs.readFileSync(weightsFile);
  };
  await serve({
    "config.json": files["config.json"],
    "model.safetensors.index.json": Buffer.from(JSON.stringify({ weight_map: { a: "m-1.safetensors", b: "m-2.safetensors" } })),
    "m-1.safetensors": shard("a"),
    "m-2.safetensors": shard("b"),
    "m-3.safetensors": shard("c"),
  });
  const folder = await locateModel(repo, { cacheDir });
  assert.equal([...openCheckpoint(folder).tensors.keys()], ["a", "b"]);
  assert.not(fs.existsSync(path.join(folder, "m-3.safetensors")));

  fs.rmSync(path.join(folder, "m-2.safetensors"));
  process.env.TRANSFORMERS_OFFLINE = "1";
  assert.match((await rejection(locateModel(repo, { cacheDir }))).message, /lacks m-2\.safetensors of model org\/tiny/);
  delete process.env.TRANSFORMERS_OFFLINE;
  server.log.length = 0;
  await locateModel(repo, { cacheDir });
  assert.equal(bodies(), []);
});

test("an adapter brings its two files", async () => {
  await server.close();
  await serve({ "adapter_config.json": Buffer.from("{}"), "adapter_model.safetensors": weights, "optimizer.pt": Buffer.from("x") });
  const folder = await locateAdapter(repo, { cacheDir });
  assert.equal(fs.readdirSync(folder).sort(), ["adapter_config.json", "adapter_model.safetensors"]);
  assert.match((await rejection(locateModel(repo, { cacheDir }))).message, /has no config\.json/);
});

test("offline and missing: the message names the cache and every way to get the model", async () => {
  process.env.HF_HUB_OFFLINE = "1";
  const error = await rejection(locateModel(repo, { cacheDir, revision: "v2" }));
  assert.instance(error, NotFoundError);
  for (const part of [cacheDir, "HF_HUB_OFFLINE", "hf download org/tiny --revision v2", "huggingface-cli download", "HF_HOME"]) {
    assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
  }
  assert.equal(server.log, []);
});

test("an unknown repository, one with pickles only, a bad token and a dead endpoint have typed errors", async () => {
  assert.match(
    (await rejection(locateModel("org/other", { cacheDir }))).message,
    /org\/other does not exist.*HF_TOKEN.*status 404.*hf download/,
  );
  process.env.HF_TOKEN = "secret";
  const error = await rejection(locateModel(repo, { cacheDir }));
  assert.instance(error, OptionError);
  assert.not(error.message.includes("secret"));
  delete process.env.HF_TOKEN;
  await server.close();
  await serve({ "config.json": files["config.json"], "pytorch_model.bin": files["pytorch_model.bin"] });
  assert.match((await rejection(locateModel(repo, { cacheDir }))).message, /never loaded.*save_pretrained/);
  await server.close();
  const dead = await rejection(locateModel(repo, { cacheDir }));
  assert.instance(dead, NotFoundError);
  assert.match(dead.message, /could not be reached/);
});

test("a revision cannot lead out of the cache", async () => {
  assert.instance(await rejection(locateModel(repo, { cacheDir, revision: "../../x" })), OptionError);
});

const real = "HuggingFaceTB/SmolLM2-135M-Instruct";
const realFolder = path.join(hubCacheDir(), "models--HuggingFaceTB--SmolLM2-135M-Instruct");
(fs.existsSync(realFolder) ? test : test.skip)(`${real} opens from the cache of this machine (HF_HOME)`, async () => {
  process.env.HF_HUB_OFFLINE = "1";
  const checkpoint = openCheckpoint(await locateModel(real), real);
  assert.is(checkpoint.config.num_hidden_layers, 30);
  const embedding = checkpoint.tensors.get("model.embed_tokens.weight")!;
  assert.equal(embedding.shape, [49_152, 576]);
  assert.ok(path.isAbsolute(embedding.file));
  const norm = readFloat32(checkpoint.tensors.get("model.norm.weight")!);
  assert.ok(norm.length === 576 && norm.every(Number.isFinite));
  assert.ok(checkpoint.file("tokenizer.json"));
});

test.run();
