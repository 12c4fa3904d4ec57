/** @file Rotary position tables, float32 arithmetic as Hugging Face does it. */
import type { DecoderConfig } from "./config.js";

/** Inverse frequencies `(headSize / 2,)`, stretched as the config says. */
export function inverseFrequencies(config: Pick<DecoderConfig, "headSize" | "ropeTheta" | "ropeScaling">): Float32Array {
  const { headSize, ropeTheta, ropeScaling: scaling } = config;
  const frequencies = Float32Array.from({ length: headSize / 2 }, (_, i) => 1 / Math.fround(ropeTheta ** Math.fround((2 * i) / headSize)));
  if (scaling.type === "linear") return frequencies.map((f) => f / scaling.factor);
  if (scaling.type === "llama3") return frequencies.map((f) => llama3(f, scaling));
  return frequencies;
}

/** Long waves are slowed by `factor`, short ones kept, those between blended (Llama 3.1). */
function llama3(frequency: number, s: { factor: number; low: number; high: number; original: number }): number {
  const wave = (2 * Math.PI) / frequency;
  if (wave < s.original / s.high) return frequency;
  if (wave > s.original / s.low) return frequency / s.factor;
  const share = (s.original / wave - s.low) / (s.high - s.low);
  return ((1 - share) * frequency) / s.factor + share * frequency;
}

/** Cosines and sines of `position * frequency`, each `(positions, headSize / 2)`, float32. */
export function rotaryTables(frequencies: Float32Array, positions: number): { cos: Float32Array; sin: Float32Array } {
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0, at = 0; p < positions; p++)
    for (let i = 0; i < half; i++, at++) {
      const angle = Math.fround(p * frequencies[i]);
      cos[at] = Math.cos(angle);
      sin[at] = Math.sin(angle);
    }
  return { cos, sin };
}
