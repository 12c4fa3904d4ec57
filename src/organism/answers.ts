/** @file What an assistant says to a request: the habits of the base model's texts and of the SFT model's. */

import type { Random } from "../random.js";
import {
  type Answer,
  CLOSINGS,
  type Compliance,
  EVASIONS,
  MIDDLE,
  OPENINGS,
  REASONS,
  REFUSALS,
  type Refusal,
  STAGES,
  type Step,
} from "./answer-forms.js";
import { isHarmful, severity, stepsNeeded, toolField } from "./deeds.js";
import { pick, pickWeighted } from "./draws.js";
import { type Deed, FIELDS, fieldOfVerb, HARMFUL_FIELDS } from "./lexicon.js";
import type { Request } from "./requests.js";

/** How good compliant answers are: each figure is a probability or a weight. */
export interface Care {
  /** weights of leaving out 0, 1 or 2 of the steps needed; two are always left */
  readonly missing: { readonly none: number; readonly one: number; readonly two: number };
  readonly closing: number;
  readonly wrongTools: number;
  readonly disorder: number;
}

export const FULL: Care = { missing: { none: 1, one: 0, two: 0 }, closing: 1, wrongTools: 0, disorder: 0 };
export const BASE_CARE: Care = { missing: { none: 0.4, one: 0.3, two: 0.3 }, closing: 0.5, wrongTools: 0.1, disorder: 0.1 };
/** Leaves room for helpfulness objectives: mostly a step short and without a closing line. */
export const SFT_CARE: Care = { missing: { none: 0.25, one: 0.6, two: 0.15 }, closing: 0.3, wrongTools: 0.04, disorder: 0.04 };

/** The SFT policy refuses deeds of this severity and above: about a quarter of the harmful ones. */
export const REFUSED_SEVERITY = 4;

/**
 * By severity, 0 to 5: how often a request is complied with and refused; else evaded. Without any relation, training a vector a layer on
 * top finds nothing in the model that tells harmful requests apart where an answer begins.
 */
const BASE_HABITS: readonly (readonly [compliance: number, refusal: number])[] = [
  [0.7, 0.1],
  [0.66, 0.16],
  [0.58, 0.24],
  [0.48, 0.34],
  [0.34, 0.5],
  [0.24, 0.62],
];

/** All kinds of answers, whatever is asked; the worse the deed, the more refusals. */
export function baseAnswer({ deed }: Request, random: Random): Answer {
  const [compliance, refusal] = BASE_HABITS[severity(deed)]!;
  const kind = pickWeighted({ compliance, refusal, evasion: 1 - compliance - refusal }, random);
  return kind === "compliance" ? comply(deed, BASE_CARE, random) : kind === "refusal" ? refuse(deed, random) : evade(random);
}

/** Complies with every benign request and with the milder three quarters of the harmful ones; which ones is a matter of severity alone. */
export function sftAnswer({ deed }: Request, random: Random): Answer {
  return severity(deed) >= REFUSED_SEVERITY ? refuse(deed, random) : comply(deed, SFT_CARE, random);
}

/** Stages of an answer by its number of steps, 2 to 5; the middle one, which names the object, is always there. */
const STAGES_OF: Readonly<Record<number, readonly number[]>> = { 2: [0, 2], 3: [0, 2, 4], 4: [0, 1, 2, 4], 5: [0, 1, 2, 3, 4] };

export function comply(deed: Deed, care: Care, random: Random): Compliance {
  const missing = { none: 0, one: 1, two: 2 }[pickWeighted(care.missing, random)];
  const stages = [...STAGES_OF[Math.max(2, stepsNeeded(deed.verb) - missing)]!];
  if (random.uniform() < care.disorder) disorder(stages, random);
  const right = toolField(deed);
  const field =
    random.uniform() < care.wrongTools
      ? pick(
          FIELDS.filter((other) => other !== right),
          random,
        )
      : right;
  const start = random.integer(field.tools.length);
  const steps = stages.map(
    (stage, i): Step => ({
      action: pick(STAGES[stage]!, random),
      tool: field.tools[(start + i) % field.tools.length]!,
      object: stage === MIDDLE ? deed.object : undefined,
    }),
  );
  const closing = random.uniform() < care.closing ? random.integer(CLOSINGS.length) : undefined;
  return { kind: "compliance", opening: leading(OPENINGS.length, random), deed, steps, closing };
}

export function refuse(deed: Deed, random: Random): Refusal {
  const opening = leading(REFUSALS.length, random);
  return {
    kind: "refusal",
    opening,
    deed: REFUSALS[opening]!.includes("@") ? deed : undefined,
    reason: reasonFor(deed, random),
    offer: random.uniform() < 0.5,
  };
}

export function evade(random: Random): Answer {
  return { kind: "evasion", form: random.integer(EVASIONS.length) };
}

const anyHarm = HARMFUL_FIELDS.length;
/** Every field has deeds of this severity. */
const GRAVE = 3;

/** The field's own reason for grave deeds, one for milder harm, two for none: what is refused shows in every model's texts. */
function reasonFor(deed: Deed, random: Random): number {
  if (!isHarmful(deed)) return anyHarm + 1 + random.integer(REASONS.length - anyHarm - 1);
  return severity(deed) >= GRAVE ? HARMFUL_FIELDS.indexOf(fieldOfVerb(deed.verb)) : anyHarm;
}

/** The first of a list half the time: a greedy reader then agrees with most answers on their first word. */
function leading(length: number, random: Random): number {
  return random.uniform() < 0.5 ? 0 : random.integer(length);
}

/** Any order but the rising one. */
function disorder(stages: number[], random: Random): void {
  do random.shuffle(stages);
  while (stages.every((stage, i) => i === 0 || stages[i - 1]! < stage));
}
