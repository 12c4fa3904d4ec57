/** The whole way on a tiny checkpoint and made-up data sets: files, SFT, replies, DPO, answers, verdicts, page. */
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { evaluateSmolLM2, type RedTeamEvaluation } from "../../../src/lab/smollm2/evaluation.js";
import { settingsOf } from "../../../src/lab/smollm2/recipe.js";
import { smolLM2Report } from "../../../src/lab/smollm2/report.js";
import { trainSmolLM2 } from "../../../src/lab/smollm2/train.js";
import type { AdapterRecord } from "../../../src/training/adapter-record.js";
import { tempFolder } from "../../support/temp.js";
import { copyTiny } from "../../support/tiny.js";
import { writeTinyTokenizer } from "../../support/tiny-tokenizer.js";

const words = (i: number, length = 4) => Array.from({ length }, (_, j) => `w${2 + ((7 * i + j) % 58)}`).join(" ");
const rows = (count: number, row: (i: number) => object) => Array.from({ length: count }, (_, i) => `${JSON.stringify(row(i))}\n`).join("");

/** Three of the unsafe requests are evaluation prompts. */
function dataSets(): string {
  const folder = tempFolder();
  const file = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  for (const [name, from] of [
    ["advbench.jsonl", 0],
    ["harmbench_standard.jsonl", 10],
    ["jailbreakllms_forbidden_questions.jsonl", 20],
    ["harmfulqa.jsonl", 30],
    ["catqa_english.jsonl", 40],
  ] as const) {
    fs.mkdirSync(path.join(folder, "redteam_prompts"), { recursive: true });
    file(
      path.join("redteam_prompts", name),
      rows(10, (i) => ({ prompt: words(from + i) })),
    );
  }
  for (const set of ["helpful_sft", "hh_rlhf", "safety_sft", "general"]) fs.mkdirSync(path.join(folder, set));
  file(
    "helpful_sft/dolly_1000.jsonl",
    rows(60, (i) => ({ prompt: words(i, 6), response: words(i + 1, 3) })),
  );
  file(
    "helpful_sft/alpaca_en_demo_999.jsonl",
    rows(40, (i) => ({ prompt: words(i, 7), response: words(i + 2, 3) })),
  );
  const turns = (i: number) => `\n\nHuman: ${words(i, 5)}\n\nAssistant:`;
  for (const objective of ["harmless", "helpful"])
    file(
      `hh_rlhf/${objective}_base.origtest.jsonl`,
      rows(40, (i) => ({ prompt: turns(i), chosen: words(i, 2), rejected: words(i + 9, 3), split: i % 4 === 0 ? "test" : "train" })),
    );
  file(
    "safety_sft/safety_tuned_llamas_9.jsonl",
    rows(56, (i) => ({ prompt: words(i, i < 3 ? 4 : 5), response: "w5 w6 w7" })),
  );
  file(
    "general/gsm8k_train.jsonl",
    rows(56, (i) => ({ question: words(i, i < 2 ? 4 : 6), answer: "w5 <<1+1=2>>w6\nw7\n#### 2,000" })),
  );
  return folder;
}

const jsonLines = (file: string) =>
  fs
    .readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("the adapters from files without evaluation prompts, their verdicts, and the page; a second call does nothing anew", async () => {
  const before = process.env.NEURONBOOK_DATA;
  process.env.NEURONBOOK_DATA = dataSets();
  const model = copyTiny("gqa");
  writeTinyTokenizer(model, 64, { 60: "####", 61: "2000" });
  const engine = new Engine({ threads: 1, provider: "cpu" });
  try {
    const [work, adapters] = [tempFolder(), tempFolder()];
    const done = new Map<string, AdapterRecord>();
    const common = { engine, work, adapters, model, seeds: [1], phase: () => () => undefined };
    const onAdapter = (name: string, record: AdapterRecord) => {
      done.set(name, record);
    };
    await trainSmolLM2({ ...common, onAdapter });
    const names = ["sft-s1", "dpo-refusal-s1", "dpo-harmless-s1", "dpo-helpful-s1", "dpo-joint-s1", "dpo-reasoning-s1"];
    assert.equal([...done.keys()], names);
    assert.is(done.get("dpo-harmless-s1")!.history.length, settingsOf("dpo-harmless", 1).steps);
    assert.is((done.get("dpo-refusal-s1")!.request as { model: { adapters: object[] } }).model.adapters.length, 1);

    const requests = ["train", "held-out"].flatMap((part) => jsonLines(path.join(work, `refusal-s1.${part}.jsonl`)));
    const asked = requests.map(({ messages }) => messages[0].content);
    for (let i = 0; i < 50; i++) assert.not.ok(asked.includes(words(i)), "an evaluation prompt");
    assert.is(asked.length, 53);
    assert.ok(requests.every(({ chosen, rejected }) => chosen === "w5 w6 w7" && rejected.length > 0));

    const problems = ["train", "held-out"].flatMap((part) => jsonLines(path.join(work, `reasoning-s1.${part}.jsonl`)));
    assert.is(problems.length, 54);
    assert.ok(problems.every(({ chosen, rejected }) => chosen === "w5 w6\nw7\n#### 2000" && rejected.length > 0));

    const evaluate = () => evaluateSmolLM2(common);
    const first: RedTeamEvaluation = await evaluate();
    assert.equal(Object.keys(first.models), names);
    assert.match(first.models["sft-s1"].advbench.kinds, /^[rcn]{10}$/);
    assert.is(first.sets.harmbench.count, 10);
    const answers = path.join(work, "answers");
    const joint = ["train", "held-out"].map((part) => jsonLines(path.join(work, `joint-s1.${part}.jsonl`)));
    assert.equal(
      joint.map((lines) => [lines.length, lines.filter(({ chosen }) => chosen === "w5 w6 w7").length]),
      [
        [10, 5],
        [58, 48],
      ],
    );
    const times = () => fs.readdirSync(answers).map((file) => fs.statSync(path.join(answers, file)).mtimeMs);
    const written = times();
    assert.is(written.length, 3 * names.length);

    const kept = new Map(done);
    await trainSmolLM2({ ...common, onAdapter });
    assert.equal(JSON.stringify([...done]), JSON.stringify([...kept]));
    assert.equal(await evaluate(), first);
    assert.equal(times(), written);
    const page = smolLM2Report(adapters, first, [1]);
    assert.match(page, /\| `dpo-harmless-s1` \| 30 \|/);
    assert.match(page, /No cost model was used/);
    assert.not.match(page, /undefined|NaN/);
  } finally {
    await engine.dispose();
    if (before === undefined) delete process.env.NEURONBOOK_DATA;
    else process.env.NEURONBOOK_DATA = before;
  }
});

test.run();
