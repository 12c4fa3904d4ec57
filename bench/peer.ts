/** @file The torch process beside ours: one JSON line a request, one a reply (bench/peer.py). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

export interface PeerReply {
  readonly task: string;
  readonly seconds: number;
  readonly peak_bytes?: number;
  readonly start_bytes?: number;
  readonly error?: string;
  readonly [key: string]: unknown;
}

/** A Python that has torch, transformers and what else is needed: `NEURONBOOK_PYTHON`, else `python3`. */
export function findPython(others: readonly string[] = []): string | undefined {
  const candidates = [process.env.NEURONBOOK_PYTHON, "python3", "python"].filter((name) => name !== undefined);
  const modules = ["torch", "transformers", "safetensors", ...others];
  return candidates.find((name) => spawnSync(name, ["-c", `import ${modules.join()}`], { stdio: "ignore" }).status === 0);
}

export class Peer {
  private readonly child: ChildProcess;
  private readonly replies: AsyncIterator<string>;

  constructor(python: string, threads: number) {
    const script = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "bench", "peer.py");
    this.child = spawn(python, [script, "--threads", String(threads)], {
      stdio: ["pipe", "pipe", process.env.NEURONBOOK_DEBUG ? "inherit" : "ignore"],
    });
    this.replies = readline.createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async ask(task: string, request: Readonly<Record<string, unknown>> = {}): Promise<PeerReply> {
    this.child.stdin!.write(`${JSON.stringify({ task, ...request })}\n`);
    const { value, done } = await this.replies.next();
    if (done) throw new Error(`the torch process ended during ${task}`);
    const reply = JSON.parse(value) as PeerReply;
    if (reply.error) throw new Error(`torch, ${task}: ${reply.error}`);
    return reply;
  }

  end(): void {
    this.child.stdin!.end();
  }

  [Symbol.dispose](): void {
    this.end();
  }
}
