/** @file Jupyter messages: their parts, and how they lie in ZeroMQ frames. */
import { randomUUID } from "node:crypto";
import type { Signer } from "./signing.js";

export const PROTOCOL_VERSION = "5.4";
const DELIMITER = Buffer.from("<IDS|MSG>");

/** Longest message taken in, bytes, and most frames of one. */
export const MOST_MESSAGE_BYTES = 64 * 2 ** 20;
const MOST_FRAMES = 1024;
const MOST_HEADER_BYTES = 64 * 2 ** 10;

export type Fields = Readonly<Record<string, unknown>>;

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

export interface Message {
  /** routing: the frames before the delimiter, or the topic */
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parent: Header | Record<string, never>;
  readonly metadata: Fields;
  readonly content: Fields;
  readonly buffers: readonly Uint8Array[];
}

export interface Outgoing {
  readonly type: string;
  readonly content: Fields;
  readonly parent?: Header | Record<string, never>;
  readonly metadata?: Fields;
  readonly identities?: readonly (Uint8Array | string)[];
  readonly buffers?: readonly Uint8Array[];
}

/** One side of a conversation: signs what it says, checks what it hears. */
export class Session {
  readonly id = randomUUID();

  constructor(
    private readonly signer: Signer,
    private readonly username: string,
  ) {}

  encode({ type, content, parent = {}, metadata = {}, identities = [], buffers = [] }: Outgoing): (Uint8Array | string)[] {
    return this.frames(this.header(type), { content, parent, metadata, identities, buffers });
  }

  /** As `encode`, and says which message it became. */
  encodeRequest(type: string, content: Fields, buffers: readonly Uint8Array[] = []): { header: Header; frames: (Uint8Array | string)[] } {
    const header = this.header(type);
    return { header, frames: this.frames(header, { content, parent: {}, metadata: {}, identities: [], buffers }) };
  }

  /** @returns the message, or why it is refused */
  decode(frames: readonly Uint8Array[]): Message | string {
    if (frames.length > MOST_FRAMES) return `${frames.length} frames, at most ${MOST_FRAMES}`;
    if (frames.reduce((sum, frame) => sum + frame.byteLength, 0) > MOST_MESSAGE_BYTES) return "too long";
    const start = frames.findIndex((frame) => DELIMITER.equals(frame));
    if (start < 0 || frames.length < start + 6) return "no delimiter with a signature and four parts after it";
    const parts = frames.slice(start + 2, start + 6);
    const refused = this.signer.refuse(frames[start + 1]!, parts);
    if (refused !== undefined) return refused;
    if (parts[0]!.byteLength > MOST_HEADER_BYTES || parts[1]!.byteLength > MOST_HEADER_BYTES) return "its header is too long";
    const read: Fields[] = [];
    for (const part of parts) {
      const fields = object(part);
      if (fields === undefined) return "a part is not a JSON object";
      read.push(fields);
    }
    const [header, parent, metadata, content] = read as [Fields, Fields, Fields, Fields];
    if (!isHeader(header)) return "its header lacks msg_id, session or msg_type";
    return {
      identities: frames.slice(0, start),
      header,
      parent: isHeader(parent) ? parent : {},
      metadata,
      content,
      buffers: frames.slice(start + 6),
    };
  }

  private header(type: string): Header {
    return {
      msg_id: randomUUID(),
      session: this.id,
      username: this.username,
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
  }

  private frames(header: Header, message: Required<Omit<Outgoing, "type">>): (Uint8Array | string)[] {
    const { content, parent, metadata, identities, buffers } = message;
    const parts = [header, parent, metadata, content].map((part) => JSON.stringify(part));
    return [...identities, DELIMITER, this.signer.sign(parts), ...parts, ...buffers];
  }
}

function object(bytes: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(fields: Fields): fields is Fields & Header {
  return ["msg_id", "session", "msg_type"].every((name) => typeof fields[name] === "string");
}
