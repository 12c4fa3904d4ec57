/** @file HMAC-SHA256 over the four JSON parts of a message, and the memory of signatures that makes a replay visible. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Signatures kept; older ones are forgotten, a quarter at a time. */
const REMEMBERED = 65_536;

export class Signer {
  private readonly seen = new Set<string>();

  /** @param key empty: messages carry no signature, and none is asked for */
  constructor(private readonly key: string) {}

  sign(parts: readonly (string | Uint8Array)[]): string {
    if (this.key === "") return "";
    const hmac = createHmac("sha256", this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /** @returns why the message must be refused; undefined where its signature is right and new */
  refuse(signature: Uint8Array, parts: readonly Uint8Array[]): string | undefined {
    if (this.key === "") return undefined;
    if (signature.byteLength === 0) return "unsigned";
    const wanted = this.sign(parts);
    if (signature.byteLength !== wanted.length || !timingSafeEqual(signature, Buffer.from(wanted))) return "wrongly signed";
    if (this.seen.has(wanted)) return "replayed";
    this.seen.add(wanted);
    if (this.seen.size > REMEMBERED) this.forget();
    return undefined;
  }

  private forget(): void {
    let left = REMEMBERED / 4;
    for (const old of this.seen) {
      if (left-- === 0) return;
      this.seen.delete(old);
    }
  }
}
