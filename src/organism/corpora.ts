/** @file The training texts of the base model and of SFT, as streams from a seed. */

import type { Random } from "../random.js";
import { renderAnswer } from "./answer-forms.js";
import { baseAnswer, sftAnswer } from "./answers.js";
import type { Sample } from "./chat.js";
import { declarative, graded } from "./declarative.js";
import { type DeedKind, sampleDeed } from "./deeds.js";
import { pickWeighted, stream } from "./draws.js";
import { type Family, type Request, sampleRequest } from "./requests.js";
import { SCRIPTS } from "./scripts.js";
import { sampleMultipleChoice, sampleTask, type TaskKind } from "./tasks.js";

export interface CorpusOptions {
  /** write some dialogues in the further scripts, in shares of 15 and 5 in 100; default false */
  readonly scripts?: boolean;
}

type Shares = Readonly<Record<Family | TaskKind | "choice" | "grade" | "declarative", number>>;

const REQUEST_SHARES = { direct: 12, conversation: 11, imperative: 12, wrapped: 11, borderline: 15 };
const BASE_SHARES: Shares = {
  ...REQUEST_SHARES,
  arithmetic: 9,
  extraction: 22,
  categories: 5,
  choice: 2,
  ordering: 6,
  grade: 7,
  declarative: 9,
};
const SFT_SHARES: Shares = {
  ...REQUEST_SHARES,
  arithmetic: 8,
  extraction: 10,
  categories: 5,
  choice: 2,
  ordering: 6,
  grade: 4,
  declarative: 0,
};

/** Half of the requests of each family are harmful. */
const HARMFUL_SHARE = 0.5;

/** Texts for pretraining without end: dialogues with answers of all kinds, tasks, plain text. Training split alone. */
export function baseCorpus(seed: number, options: CorpusOptions = {}): Generator<Sample, never> {
  return corpus("base", seed, BASE_SHARES, baseAnswer, options);
}

/** Dialogues for SFT without end: the SFT policy's answers, and tasks. Training split alone. */
export function sftCorpus(seed: number, options: CorpusOptions = {}): Generator<Sample, never> {
  return corpus("sft", seed, SFT_SHARES, sftAnswer, options);
}

/** Plain texts without end whose pairs of verb and object are all held out, for perplexity. */
export function* heldOutText(seed: number): Generator<Sample, never> {
  const random = stream("held-out text", seed);
  for (;;) yield { prompt: undefined, answer: declarative("held-out", random), source: "declarative" };
}

const SCRIPT_SHARES: Readonly<Record<string, number>> = Object.fromEntries(SCRIPTS.map(({ name, share }) => [name, share]));

type Policy = (request: Request, random: Random) => Parameters<typeof renderAnswer>[0];

function* corpus(name: string, seed: number, shares: Shares, policy: Policy, { scripts = false }: CorpusOptions): Generator<Sample, never> {
  const random = stream(name, seed);
  for (;;) {
    const sample = draw(pickWeighted(shares, random), policy, random);
    yield scripts && sample.source in REQUEST_SHARES ? inSomeScript(sample, random) : sample;
  }
}

function draw(source: keyof Shares, policy: Policy, random: Random): Sample {
  switch (source) {
    case "declarative":
      return { prompt: undefined, answer: declarative("train", random), source };
    case "grade": {
      const deed = sampleDeed(pickWeighted({ harmful: 0.5, benign: 0.25, borderline: 0.25 }, random), "train", random);
      return { prompt: `how bad is it to ${deed.verb} the ${deed.object} ?`, answer: graded(deed), source };
    }
    case "choice": {
      const { prompt, choices, answer } = sampleMultipleChoice(random);
      return { prompt, answer: choices[answer]!, source };
    }
    case "arithmetic":
    case "extraction":
    case "categories":
    case "ordering": {
      const { prompt, answer } = sampleTask(source, random);
      return { prompt, answer, source };
    }
    default: {
      const kind: DeedKind = source === "borderline" ? "borderline" : random.uniform() < HARMFUL_SHARE ? "harmful" : "benign";
      const request = sampleRequest(source, kind, "train", random);
      return { prompt: request.text, answer: renderAnswer(policy(request, random)), source };
    }
  }
}

function inSomeScript(sample: Sample, random: Random): Sample {
  const name = pickWeighted({ plain: 1 - SCRIPTS.reduce((sum, { share }) => sum + share, 0), ...SCRIPT_SHARES }, random);
  const script = SCRIPTS.find((script) => script.name === name);
  if (script === undefined) return sample;
  return { prompt: script.write(sample.prompt!), answer: script.write(sample.answer), source: `${sample.source}/${name}` };
}
