/** Every loader on small files in its publisher's own schema and layout; test/fixtures/datasets/make.py cites where each was read. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { defineDataset } from "../../src/datasets/definition.js";
import { datasets, openDataset } from "../../src/datasets/open.js";
import { hhRlhf } from "../../src/datasets/sets/index.js";
import { NeuronbookError } from "../../src/errors.js";
import { fixture } from "../support/paths.js";

const at = (folder: string) => fixture("datasets", ...folder.split("/"));
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

/** Records with fields that are undefined left out. */
async function records(name: string, folder: string, options: { subset?: string; split?: string } = {}): Promise<unknown[]> {
  const all = await (await openDataset(name, { path: at(folder), ...options })).toArray();
  return JSON.parse(JSON.stringify(all)) as unknown[];
}

test("hh-rlhf: two transcripts become the shared turns and two answers; useless pairs are left out and counted", async () => {
  const set = await openDataset("hh-rlhf", { path: at("hh-rlhf"), subset: "harmless-base", split: "train" });
  const pairs = await set.toArray();
  const asked = user("How do I keep basil alive?");
  const category = "harmless-base";
  assert.equal(pairs, [
    { messages: [asked], chosen: "Water it.", rejected: "No idea.", category },
    { messages: [asked, assistant("Water it."), user("How often?")], chosen: "Daily, in summer.", rejected: "Never.", category },
    { messages: [user("Hello\n\nanyone?")], chosen: "Yes.", rejected: "No.", category },
  ]);
  assert.equal(
    [...set.skipped],
    [
      ["an answer is empty", 1],
      ["both answers are the same", 1],
    ],
  );
  assert.is((await records("hh-rlhf", "hh-rlhf")).length, 4);
});

test("red-team attempts: a file that is one array; first prompts and whole dialogues", async () => {
  assert.equal(await records("red-team-attempts", "hh-rlhf"), [
    { prompt: "Can you bake?" },
    { prompt: 'Braces } ] and "quotes" in here?' },
  ]);
  const [dialogue] = await records("red-team-dialogues", "hh-rlhf");
  assert.equal(dialogue, {
    messages: [user("Can you bake?"), assistant("I can describe it."), user("Do."), assistant("Mix flour and water.")],
  });
});

test("beavertails: harmful is not is_safe, with its categories; 330k unless asked otherwise", async () => {
  const prompt = "Who lives next door?";
  assert.equal(await records("beavertails", "BeaverTails"), [
    { prompt, response: "Answer 0.", harmful: false },
    { prompt, response: "Answer 1.", harmful: true, category: "animal_abuse, privacy_violation" },
  ]);
  assert.is((await records("beavertails", "BeaverTails", { subset: "30k" })).length, 1);
  assert.equal(await records("beavertails-evaluation", "BeaverTails-Evaluation"), [
    { prompt: "Where do cats sleep?", category: "animal_abuse" },
  ]);
});

test("advbench and harmbench: CSV with quotes and line breaks; the context stands before the behaviour", async () => {
  assert.equal(await records("advbench", "advbench"), [{ prompt: "Write a poem, please" }, { prompt: 'Say "hi"\ntwice' }]);
  const tea = { prompt: "Describe tea", category: "illegal", id: "describe_tea" };
  assert.equal(await records("harmbench", "harmbench"), [
    tea,
    { prompt: "Tea is a drink.\n\n---\n\nSum it up", category: "harmful", id: "sum_tea" },
  ]);
  assert.equal(await records("harmbench", "harmbench", { subset: "val" }), [tea]);
});

test("jailbreak-llms: questions, and wrappers when asked for", async () => {
  assert.equal(await records("jailbreak-llms", "jailbreak_llms"), [{ prompt: "What is a library?", category: "Illegal Activity" }]);
  assert.equal(await records("jailbreak-llms", "jailbreak_llms", { subset: "wrappers-2023-05-07" }), [
    { prompt: "Be a pirate,\nalways.", category: "discord" },
  ]);
});

test("catqa: the repository's nested object and the hub's rows", async () => {
  const of = (prompt: string, language: string) => ({ prompt, category: "Illegal Activity", language });
  assert.equal(await records("catqa", "red-instruct"), [
    of("Where may I park?", "english"),
    of("And at night?", "english"),
    of("Which bin?", "english"),
  ]);
  assert.equal(await records("catqa", "red-instruct", { subset: "vietnamese" }), [of("Ở đâu?", "vietnamese")]);
});

test("reward-bench: the filtered split unless asked otherwise; its subset column can be asked for", async () => {
  const all = await records("reward-bench", "reward-bench");
  assert.equal(all[0], { messages: [user("Question 0")], chosen: "Good.", rejected: "Bad.", category: "alpacaeval-easy" });
  assert.is(all.length, 2);
  assert.is((await records("reward-bench", "reward-bench", { split: "raw", subset: "alpacaeval-easy" })).length, 2);
});

test("shp: label 1 prefers A, 0 prefers B", async () => {
  const pairs = (await records("shp", "SHP", { subset: "askculinary" })) as { chosen: string }[];
  assert.equal(
    pairs.map(({ chosen }) => chosen),
    ["Nine minutes.", "An hour."],
  );
  assert.is((await records("shp", "SHP")).length, 3);
});

test("stack-exchange-preferences: the best against the worst answer, ties left out", async () => {
  assert.equal(await records("stack-exchange-preferences", "stack-exchange-preferences"), [
    { messages: [user("<p>Salt?</p>")], chosen: "<p>Answer 2</p>", rejected: "<p>Answer 3</p>", category: "cooking.stackexchange.com" },
  ]);
});

test("dolly and alpaca: the context or input stands below the instruction", async () => {
  const asked = (content: string) => [user(content), assistant("Four.")];
  assert.equal(await records("dolly", "dolly"), [
    { messages: asked("How many legs?\n\nA cat is an animal."), category: "closed_qa" },
    { messages: asked("2 + 2?"), category: "open_qa" },
  ]);
  assert.equal(await records("alpaca", "alpaca"), [{ messages: asked("Add.\n\n2, 2") }, { messages: asked("2 + 2?") }]);
  const set = await openDataset("alpaca", { path: at("alpaca") });
  await set.toArray();
  assert.equal([...set.skipped], [["the answer is empty", 1]]);
});

test("lima, sharegpt and tulu become messages", async () => {
  assert.equal(await records("lima", "lima"), [
    { messages: [user("Hi"), assistant("Hello.")], category: "multi_turn" },
    { messages: [user("1?"), assistant("2."), user("3?"), assistant("4.")], category: "multi_turn" },
  ]);
  assert.equal(await records("lima", "lima", { split: "test" }), [{ messages: [user("Only asked")], category: "test" }]);
  assert.equal(await records("sharegpt", "sharegpt"), [{ messages: [user('Name a "colour" [or {two}]'), assistant("Red \\ blue")] }]);
  assert.equal(await records("tulu", "tulu"), [
    { messages: [{ role: "system", content: "Be kind." }, user("Hi"), assistant("Hello.")], category: "lima" },
  ]);
});

test("wikitext: lines without their breaks, alike from Parquet and text", async () => {
  assert.equal(await records("wikitext", "wikitext"), [{ text: "" }, { text: " = Tea = " }, { text: "" }, { text: " Tea is a drink . " }]);
  assert.equal(await records("wikitext", "wikitext", { subset: "wikitext-2-v1", split: "valid" }), [{ text: " " }, { text: " = Tea = " }]);
});

test("gsm8k: the number after ####, without thousands' commas, and the solution before it", async () => {
  const question = "Ann has 2 apples and gets 998 more. How many?";
  const one = { question, answer: "1000", solution: "2 + 998 = <<2+998=1000>>1000" };
  assert.equal(await records("gsm8k", "gsm8k"), [one]);
  assert.is((await records("gsm8k", "gsm8k", { subset: "socratic" })).length, 2);
  assert.equal(await records("gsm8k", "grade-school-math", { split: "train" }), [one]);
});

test("mmlu: the hub's index and the CSV's letter", async () => {
  assert.equal(await records("mmlu", "mmlu"), [{ question: "1 + 1?", choices: ["1", "2", "3", "4"], answer: 1, category: "arithmetic" }]);
  assert.equal(await records("mmlu", "hendrycks", { split: "validation" }), [
    { question: "When, roughly?", choices: ["1", "1000", "2000", "3000"], answer: 2, category: "world_history" },
  ]);
});

test("bbh: the repository's examples and the hub's rows", async () => {
  assert.equal(await records("bbh", "BIG-Bench-Hard"), [
    { question: "Left, right. Back?", answer: "Yes", category: "navigate" },
    { question: "Left. Back?", answer: "No", category: "navigate" },
  ]);
  assert.equal(await records("bbh", "bbh-hub"), [{ question: "b a", answer: "a b", category: "word_sorting" }]);
});

test("truthfulqa: three published forms give the same choices", async () => {
  const question = "Is tea wet?";
  const best = { question, choices: ["Yes", "No", "Never"], answer: 0, category: "Food" };
  assert.equal(await records("truthfulqa", "truthful_qa"), [best]);
  assert.equal(await records("truthfulqa", "TruthfulQA"), [best]);
  assert.equal(await records("truthfulqa", "truthful_qa", { subset: "multiple_choice" }), [
    { question, choices: ["No", "Yes"], answer: 1 },
  ]);
});

test("do-not-answer: questions, and one judged answer a model", async () => {
  const common = { prompt: "Who is it?", category: "Privacy", id: "0" };
  assert.equal(await records("do-not-answer", "do-not-answer"), [common]);
  assert.equal(await records("do-not-answer-responses", "do-not-answer"), [
    { ...common, model: "GPT4", response: "I cannot say.", harmful: false, action: "0" },
    { ...common, model: "vicuna-7b", response: "Ann.", harmful: true, action: "5" },
  ]);
});

test("every set says what it is, its licence and where to get it", () => {
  const all = datasets();
  assert.ok(all.length >= 25);
  assert.equal(
    all.map(({ name }) => name),
    [...new Set(all.map(({ name }) => name))].sort(),
  );
  for (const { name, about, licence, repositories, homepage } of all)
    assert.ok(about && licence && (repositories.length > 0 || homepage), name);
});

test("a name that is taken is refused", () => {
  assert.throws(
    () => defineDataset({ ...hhRlhf, name: "hh-rlhf" }),
    (error: unknown) => error instanceof NeuronbookError && error.code === "duplicate",
  );
});

test("a set of one's own is one call, and its records keep their type", async () => {
  const mine = defineDataset({
    name: "arithmetic",
    about: "sums",
    licence: "CC0-1.0",
    repositories: [],
    homepage: "https://example.org/sums",
    files: ["gsm8k/{subset:main}/{split:test}-*.parquet"],
    read: (row) => [{ question: row.filledText("question"), answer: row.text("answer").slice(-5) }],
  });
  const [{ answer }] = await (await openDataset(mine, { path: at("gsm8k") })).toArray();
  assert.is(answer, "1,000");
  assert.is((await (await openDataset("arithmetic", { path: at("gsm8k") })).toArray()).length, 1);
  assert.ok(datasets().some(({ name }) => name === "arithmetic"));
});

test.run();
