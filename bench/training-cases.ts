/** @file What `npm run bench -- training` trains: examples, model and parameters, for our side and for torch. */
import { type Engine, loadModel, type Model, seeded } from "../src/index.js";
import { dpoObjective } from "../src/training/dpo-objective.js";
import { ia3Scales } from "../src/training/ia3-scales.js";
import type { AnsweredText, Objective } from "../src/training/objective.js";
import { sftObjective } from "../src/training/sft-objective.js";
import type { Trainable } from "../src/training/trainable.js";
import { modelWeights } from "../src/training/weights.js";

const BETA = 0.1;

export interface TrainingCase {
  readonly name: string;
  readonly kind: "sft" | "dpo";
  readonly trained: "ia3" | "weights";
  /** texts of a pair follow each other, the chosen one first */
  readonly texts: readonly AnsweredText[];
  /** log-probabilities of chosen and rejected answers under the reference */
  readonly reference: readonly (readonly [number, number])[];
  /** a name on Hugging Face or a folder */
  readonly model: string;
  /** steps of one timed run; ours begins a training in each, torch goes on with one */
  readonly steps: number;
}

/** @param organism folder of a checkpoint of the organism's shape */
export function trainingCases(organism: string): TrainingCase[] {
  const large = "HuggingFaceTB/SmolLM2-135M-Instruct";
  const pairs = texts(8, { vocabulary: 49152, longest: 128, shortest: 80, prompt: 32 });
  return [
    { name: "sft-ia3-135m", kind: "sft", trained: "ia3", texts: pairs.slice(0, 4), reference: [], model: large, steps: 1 },
    { name: "dpo-ia3-135m", kind: "dpo", trained: "ia3", texts: pairs, reference: references(pairs), model: large, steps: 1 },
    {
      ...{ name: "sft-weights-organism", kind: "sft", trained: "weights", reference: [], model: organism, steps: 20 },
      texts: texts(32, { vocabulary: 512, longest: 32, shortest: 16, prompt: 8 }),
    },
  ];
}

/** Random tokens of uneven lengths, the longest among them; the first few are the prompt. */
function texts(count: number, size: { vocabulary: number; longest: number; shortest: number; prompt: number }): AnsweredText[] {
  const random = seeded(count);
  return Array.from({ length: count }, (_, i) => {
    const length = i === 0 ? size.longest : size.shortest + random.integer(size.longest - size.shortest + 1);
    const promptLength = Math.ceil(size.prompt / 2) + random.integer(size.prompt);
    return {
      ids: Int32Array.from({ length }, () => random.integer(size.vocabulary)),
      promptLength,
      weights: new Float32Array(length - promptLength).fill(1),
    };
  });
}

/** About what the model gives random tokens: margins stay where the loss is curved. Both sides take them as given. */
const references = (pairs: readonly AnsweredText[]): [number, number][] =>
  Array.from({ length: pairs.length / 2 }, (_, i) => [-14 * pairs[2 * i].weights.length, -14 * pairs[2 * i + 1].weights.length]);

export interface OpenCase {
  readonly model: Model;
  readonly trainable: Trainable<object>;
  readonly objective: Objective;
}

export async function openCase({ kind, trained, texts, reference, model: name }: TrainingCase, engine: Engine): Promise<OpenCase> {
  const model = await loadModel(name, { engine });
  const trainable = trained === "ia3" ? ia3Scales(model) : modelWeights(model);
  if (kind === "sft") return { model, trainable, objective: sftObjective(texts) };
  const pairs = reference.map((_, i) => ({ chosen: texts[2 * i], rejected: texts[2 * i + 1] }));
  const [chosen, rejected] = [0, 1].map((side) => Float32Array.from(reference, (pair) => pair[side]));
  return { model, trainable, objective: dpoObjective(pairs, { chosen, rejected }, BETA) };
}

/** The same for torch. */
export const peerRequest = ({ kind, trained, texts, reference }: TrainingCase, folder: string, head: "every" | "answers") => ({
  ...{ model: folder, kind, trained, head, reference },
  texts: texts.map(({ ids }) => [...ids]),
  prompt_lengths: texts.map(({ promptLength }) => promptLength),
});
