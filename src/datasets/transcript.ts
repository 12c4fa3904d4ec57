/** @file Transcripts "\n\nHuman: … \n\nAssistant: …" (Anthropic's HH-RLHF) as messages. */
import type { Message } from "../engine/tokenizer.js";

/**
 * The turns of a transcript, white space around each removed. Text before the first mark is no turn. Empty turns stay.
 */
export function turnsOf(transcript: string): Message[] {
  const parts = transcript.split(/\n\n(Human|Assistant):/);
  return Array.from({ length: (parts.length - 1) / 2 }, (_, i) => ({
    role: parts[2 * i + 1] === "Human" ? "user" : "assistant",
    content: parts[2 * i + 2].trim(),
  }));
}

/** The same dialogue with strictly alternating roles: empty turns left out, two turns of one speaker made one, a blank line between. */
export function alternating(turns: readonly Message[]): Message[] {
  const messages: Message[] = [];
  for (const turn of turns) {
    if (turn.content === "") continue;
    const last = messages.at(-1);
    if (last?.role === turn.role) messages[messages.length - 1] = { ...last, content: `${last.content}\n\n${turn.content}` };
    else messages.push(turn);
  }
  return messages;
}
