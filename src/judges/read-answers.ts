/** @file What several judges read of written answers, in one pass of their common backbone wherever they read the same tokens. */
import type { Generation } from "../engine/generate.js";
import type { Model } from "../engine/model.js";
import type { Prompt } from "../engine/prompts.js";
import type { RunOptions } from "../engine/score-texts.js";
import type { Text } from "../engine/text.js";
import { inTurn } from "../in-turn.js";
import { pooled } from "./features.js";
import { laterLogprobs } from "./likelihood.js";
import type { ScoreModel } from "./score-model.js";

export interface AnswerReadings {
  /** of each score model, `(answers,)` */
  readonly scores: readonly Float64Array[];
  /** of each answer, exp of the mean negative log-likelihood a token under the model; null for one without tokens */
  readonly perplexities: readonly (number | null)[];
}

/**
 * @param model gives the perplexities; score models on an equal model share its pass
 * @param prompts as the score models take them
 * @throws OptionError; EngineError; the signal's reason when aborted
 */
export async function readAnswers(
  model: Model,
  prompts: readonly Prompt[],
  answers: readonly Generation[],
  judges: readonly ScoreModel[],
  run: RunOptions = {},
): Promise<AnswerReadings> {
  const written = answers.map(
    ({ promptIds, ids }): Text => ({ ids: Int32Array.from([...promptIds, ...ids]), promptLength: promptIds.length }),
  );
  const texts = answers.map(({ text }) => text);
  const joining = judges.filter((judge) => judge.model.equals(model));
  const read = await inTurn(joining, (judge) => judge.texts(prompts, texts));
  const together = [...answers.keys()].filter((i) => read.length > 0 && read.every((own) => asWritten(own[i], written[i], read[0][i])));
  const shared = new Set(together);
  const apart = [...answers.keys()].filter((i) => !shared.has(i));
  const perplexities: (number | null)[] = answers.map(() => null);
  const scores = judges.map(() => new Float64Array(answers.length));

  const take = (at: number, logprobs: Float32Array) => {
    const i = together[at];
    perplexities[i] = perplexity(logprobs.subarray(0, answers[i].ids.length));
  };
  const [given, readings] = [together.map((i) => read[0][i]), joining.map(({ reading }) => reading)];
  const states = together.length > 0 ? await pooled(model, given, readings, run, take) : [];
  const alone = apart.filter((i) => answers[i].ids.length > 0);
  const later =
    alone.length > 0
      ? await laterLogprobs(
          model,
          alone.map((i) => written[i]),
          run,
        )
      : [];
  later.forEach((logprobs, at) => {
    perplexities[alone[at]] = perplexity(logprobs);
  });
  for (const [which, judge] of judges.entries()) {
    const own = joining.indexOf(judge);
    const rest = own < 0 ? [...answers.keys()] : apart;
    const pick = <T>(list: readonly T[]) => rest.map((i) => list[i]);
    if (own >= 0 && together.length > 0) put(judge.scoresOf(states[own]), scores[which], together);
    if (rest.length > 0) put(await judge.score(pick(prompts), pick(texts), run), scores[which], rest);
  }
  return { scores, perplexities };
}

/** Whether a judge reads prompt and answer token by token as they were written, and after them what the others read. */
function asWritten({ ids, promptLength }: Text, written: Text, other: Text): boolean {
  return (
    promptLength === written.promptLength &&
    ids.length >= written.ids.length &&
    written.ids.every((id, at) => ids[at] === id) &&
    ids.length === other.ids.length &&
    ids.every((id, at) => id === other.ids[at])
  );
}

function put(values: Float64Array, into: Float64Array, at: readonly number[]): void {
  at.forEach((index, i) => {
    into[index] = values[i];
  });
}

function perplexity(logprobs: Float32Array): number | null {
  return logprobs.length === 0 ? null : Math.exp(-logprobs.reduce((sum, one) => sum + one, 0) / logprobs.length);
}
