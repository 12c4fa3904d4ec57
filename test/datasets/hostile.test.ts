/** Files that are broken or mean: a typed error with file and place, and never the text of a record. */
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MOST_RECORD_BYTES } from "../../src/datasets/bytes.js";
import { readJsonl } from "../../src/datasets/json-rows.js";
import { openDataset } from "../../src/datasets/open.js";
import { readParquet } from "../../src/datasets/parquet.js";
import { FileFormatError, NotFoundError } from "../../src/errors.js";
import { seeded } from "../../src/random.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const SECRET = "unspeakable";

function file(name: string, content: string | Uint8Array): string {
  const made = path.join(tempFolder(), name);
  fs.writeFileSync(made, content);
  return made;
}

async function drain(rows: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of rows) count++;
  return count;
}

async function failure(work: () => Promise<unknown>): Promise<Error> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** All that a log could show of an error. */
function shown(error: Error): string {
  return `${error.message}\n${error.stack}\n${error.cause === undefined ? "" : shown(error.cause as Error)}`;
}

const whole = fs.readFileSync(fixture("datasets", "BeaverTails", "round0", "330k", "train.jsonl.xz"));

const broken: [what: string, set: string, name: string, content: string | Uint8Array, says: RegExp][] = [
  ["a line that is no JSON", "tulu", "a.jsonl", `{"messages":[]}\n${SECRET}\n`, /line 2 is not a JSON object/],
  ["a line that is a list", "tulu", "a.jsonl", `{"messages":[]}\n["${SECRET}"]\n`, /line 2 is not a JSON object/],
  ["a key given twice", "tulu", "a.jsonl", `{"${SECRET}":1,"${SECRET}":2}\n`, /line 1 is not a JSON object/],
  ["a line that is no UTF-8", "tulu", "a.jsonl", Buffer.from([123, 34, 255, 34, 125]), /line 1 is not a JSON object/],
  ["deep nesting", "tulu", "a.jsonl", `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`, /line 1 is not a JSON object/],
  ["a list that ends in the middle", "sharegpt", "a.json", `[{"id":"${SECRET}"`, /ends in the middle, after record 1 began/],
  ["a list without its end", "sharegpt", "a.json", `[{"conversations":[]},`, /ends in the middle/],
  ["words between records", "sharegpt", "a.json", `{"conversations":[]} ${SECRET}`, /after record 1: expected JSON objects/],
  ["a list inside the list", "sharegpt", "a.json", `[["${SECRET}"]]`, /expected JSON objects/],
  ["a gzip file that is none", "tulu", "a.jsonl.gz", SECRET, /is not a gzip file or is damaged/],
  [
    "a gzip file cut short",
    "tulu",
    "a.jsonl.gz",
    gzipSync(`{"messages":[]}\n`.repeat(99)).subarray(0, 30),
    /is not a gzip file or is damaged/,
  ],
  ["an xz file that is none", "tulu", "a.jsonl.xz", SECRET, /is not an xz file or is damaged/],
  ["an xz file cut short", "beavertails", "a.jsonl.xz", whole.subarray(0, whole.length - 40), /is not an xz file or is damaged/],
  ["CSV with a quote in the middle", "advbench", "a.csv", `goal,target\n${SECRET}"x,y\n`, /record 1: not CSV as RFC 4180 has it/],
  [
    "CSV with too few columns",
    "advbench",
    "a.csv",
    `goal,target\nx,y\n${SECRET}\n`,
    /record 2: not CSV|record 2: expected 2 columns; got 1/,
  ],
  ["CSV with a column twice", "advbench", "a.csv", "goal,goal\nx,y\n", /column's name occurs twice/],
  [
    "a field that is missing",
    "advbench",
    "a.csv",
    `aim,target\n${SECRET},y\n`,
    /record 1: field prompt or goal: expected a text; got nothing/,
  ],
  [
    "an empty prompt",
    "advbench",
    "a.csv",
    "goal,target\n  ,y\n",
    /field prompt or goal: expected a text that is not empty; got an empty text/,
  ],
  ["a field of another type", "gptfuzz", "a.jsonl", `{"prompt":["${SECRET}"]}`, /line 1: field prompt: expected a text; got a list/],
  [
    "a label that is none",
    "gptfuzz",
    "a.jsonl",
    `{"prompt":"x","response":"y","harmful":"${SECRET}"}`,
    /field harmful: expected a number; got a text/,
  ],
  [
    "a speaker that is unknown",
    "sharegpt",
    "a.json",
    `[{"conversations":[{"from":"${SECRET}","value":"x"}]}]`,
    /record 1, conversations\[0\]: field from/,
  ],
  [
    "a key that is __proto__",
    "advbench",
    "a.jsonl",
    `{"__proto__":{"prompt":"${SECRET}"}}`,
    /line 1: field prompt or goal: expected a text; got nothing/,
  ],
  ["Parquet that is none", "tulu", "a.parquet", `${SECRET.repeat(9)}`, /parquet file invalid|is not Parquet/],
  ["a file of no known kind", "tulu", "a.pickle", SECRET, /expected a name that ends in/],
];

for (const [what, set, name, content, says] of broken) {
  test(`${what} is a FileFormatError that says where, without the text`, async () => {
    const made = file(name, content);
    const error = await failure(async () => drain(await openDataset(set, { path: made })));
    assert.instance(error, FileFormatError);
    assert.match(error.message, says);
    assert.ok(error.message.includes(made));
    assert.not.match(shown(error), new RegExp(SECRET));
  });
}

test("a line or record that never ends is refused before it fills the memory", async () => {
  const long = gzipSync(Buffer.alloc(MOST_RECORD_BYTES * 8, 120));
  for (const [name, begin] of [
    ["a.jsonl.gz", '{"messages":"'],
    ["a.json.gz", '[{"messages":"'],
    ["a.csv.gz", 'goal,target\n"'],
  ] as const) {
    const error = await failure(async () =>
      drain(await openDataset("advbench", { path: file(name, Buffer.concat([gzipSync(begin), long])) })),
    );
    assert.instance(error, FileFormatError);
    assert.match(error.message, /longer than 16 MiB|CSV_MAX_RECORD_SIZE/);
  }
});

test("readJsonl skips empty lines, reads the last line without its end, and a missing file is a NotFoundError", async () => {
  const rows = [];
  for await (const row of readJsonl(file("a.jsonl.gz", gzipSync('{"a":1}\r\n\n  \n{"a":2}')))) rows.push(row);
  assert.equal(rows, [{ a: 1 }, { a: 2 }]);
  assert.instance(await failure(() => drain(readJsonl("/nowhere/a.jsonl"))), NotFoundError);
  assert.instance(await failure(() => drain(readParquet("/nowhere/a.parquet"))), NotFoundError);
});

test("reading stops when its signal says so", async () => {
  const lines = file("a.jsonl", '{"a":1}\n'.repeat(100_000));
  const stop = new AbortController();
  const error = await failure(async () => {
    for await (const _ of readJsonl(lines, { signal: stop.signal })) stop.abort();
  });
  assert.is(error.name, "AbortError");
});

for (const codec of ["none", "snappy", "gzip", "brotli", "zstd"]) {
  test(`Parquet packed with ${codec}: nulls, nested lists, 64-bit integers, three row groups`, async () => {
    const rows: unknown[] = [];
    const read = async () => {
      for await (const row of readParquet(fixture("datasets", "parquet", `${codec}.parquet`))) rows.push(row);
    };
    const [major, minor] = process.versions.node.split(".").map(Number);
    if (codec === "zstd" && major * 100 + minor < 2215) {
      assert.match((await failure(read)).message, /zstd, which needs Node 22\.15/);
      return;
    }
    await read();
    assert.is(rows.length, 25);
    assert.equal(rows[11], {
      text: "row 11",
      count: 2 ** 40 + 11,
      parts: [
        { a: 11, b: "x" },
        { a: 11, b: "x" },
      ],
    });
    assert.equal(rows[3], { text: null, count: 2 ** 40 + 3, parts: [] });
  });
}

test("Parquet that makes the decoder loop for ever is given up, and the process goes on", async () => {
  const error = await failure(() => drain(readParquet(fixture("datasets", "parquet", "endless.parquet"))));
  assert.instance(error, FileFormatError);
  assert.match(error.message, /was not decoded in 10 s/);
});

test("a Parquet reader that is left early, or told to stop, leaves nothing running", async () => {
  const whole = fixture("datasets", "parquet", "snappy.parquet");
  for await (const _ of readParquet(whole)) break;
  const stop = new AbortController();
  const error = await failure(async () => {
    for await (const _ of readParquet(whole, { signal: stop.signal })) stop.abort();
  });
  assert.is(error.name, "AbortError");
});

test("Parquet with bytes changed anywhere gives rows or a FileFormatError, nothing else", async () => {
  const whole = fs.readFileSync(fixture("datasets", "parquet", "snappy.parquet"));
  const random = seeded(4);
  const outcomes = { read: 0, refused: 0 };
  for (let round = 0; round < 40; round++) {
    const bytes = Buffer.from(whole);
    for (let change = 0; change < 3; change++) bytes[random.integer(bytes.length)] = random.integer(256);
    try {
      await drain(readParquet(file("a.parquet", bytes)));
      outcomes.read++;
    } catch (error) {
      assert.instance(error, FileFormatError);
      outcomes.refused++;
    }
  }
  assert.ok(outcomes.read > 0 && outcomes.refused > 0, JSON.stringify(outcomes));
});

test.run();
