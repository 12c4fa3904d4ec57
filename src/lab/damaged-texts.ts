/** @file Answers made into nonsense in known ways, to see which of it is found. */
import { seeded } from "../random.js";

export const DAMAGES = [
  "letters of the whole text shuffled",
  "letters within words shuffled",
  "the first five words over and over",
  "symbols in place of letters",
  "words shuffled",
] as const;

export type Damage = (typeof DAMAGES)[number];

export function damaged(text: string, kind: Damage, seed: number): string {
  const random = seeded(seed);
  const shuffled = (parts: string[]) => random.shuffle(parts);
  const words = text.split(" ");
  switch (kind) {
    case "letters of the whole text shuffled":
      return shuffled([...text]).join("");
    case "letters within words shuffled":
      return words.map((word) => shuffled([...word]).join("")).join(" ");
    case "the first five words over and over":
      return new Array(20).fill(words.slice(0, 5).join(" ")).join(" ");
    case "symbols in place of letters":
      return [...text].map((letter) => (letter === " " ? letter : "#$%&*@!"[random.integer(7)])).join("");
    case "words shuffled":
      return shuffled(words).join(" ");
  }
}
