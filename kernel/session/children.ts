/** @file Output of child processes that inherit the kernel's: caught and shown below the cell, in order. Children end with the kernel. */
import childProcess, { type ChildProcess, type SpawnSyncReturns } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

type Stdio = unknown;
interface SpawnOptions {
  stdio?: Stdio | Stdio[];
  detached?: boolean;
}
interface Spawning {
  spawn(options: SpawnOptions): unknown;
}

const alive = new Set<ChildProcess>();

export function catchChildren(): void {
  const prototype = childProcess.ChildProcess.prototype as unknown as Spawning;
  const spawn = prototype.spawn;
  prototype.spawn = function (this: ChildProcess & Spawning, options: SpawnOptions) {
    const { stdio, inherited } = caught(options.stdio);
    const result = spawn.call(this, { ...options, stdio });
    if (!options.detached) {
      alive.add(this);
      this.once("exit", () => alive.delete(this));
    }
    for (const place of inherited) {
      const name = place === 1 ? "stdout" : "stderr";
      this[name]?.setEncoding("utf8").on("data", (text: string) => process[name].write(text));
      // as for a stream that was inherited
      Object.defineProperty(this, name, { value: null });
    }
    return result;
  };
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) catchSync(name);
  syncBuiltinESMExports();
}

export function endChildren(): void {
  for (const child of alive) child.kill();
}

/** The synchronous ways give their output back; what would have been inherited is written then. */
function catchSync(name: "spawnSync" | "execSync" | "execFileSync"): void {
  const original = childProcess[name] as (...args: unknown[]) => unknown;
  const spawnSync = childProcess.spawnSync as unknown as (...args: unknown[]) => SpawnSyncReturns<Buffer>;
  (childProcess as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
    const at = args.findIndex((arg) => typeof arg === "object" && arg !== null && !Array.isArray(arg));
    const options = (at < 0 ? undefined : args[at]) as SpawnOptions | undefined;
    const { stdio, inherited } = caught(options?.stdio);
    if (options === undefined || inherited.length === 0) return original(...args);
    const given = args.with(at, { ...options, stdio });
    if (name !== "spawnSync") {
      try {
        const stdout = original(...given) as Buffer | string | null;
        if (inherited.includes(1) && stdout !== null) process.stdout.write(stdout);
        return inherited.includes(1) ? null : stdout;
      } catch (error) {
        const { stdout } = error as { stdout?: Buffer };
        if (inherited.includes(1) && stdout) process.stdout.write(stdout);
        if (inherited.includes(2)) process.stderr.write((error as { stderr?: Buffer }).stderr ?? "");
        throw error;
      }
    }
    const result = spawnSync(...given);
    for (const place of inherited) {
      const text = result.output?.[place];
      if (text) process[place === 1 ? "stdout" : "stderr"].write(text);
    }
    return result;
  };
}

/** Pipes where the parent's streams were asked for. A kernel has no keyboard to lend. */
function caught(stdio: SpawnOptions["stdio"]): { stdio: Stdio | Stdio[]; inherited: (1 | 2)[] } {
  if (stdio === undefined || stdio === null || (typeof stdio === "string" && stdio !== "inherit")) return { stdio, inherited: [] };
  const list: Stdio[] = stdio === "inherit" ? ["inherit", "inherit", "inherit"] : [...(stdio as Stdio[])];
  const inherited: (1 | 2)[] = [];
  for (const place of [1, 2] as const) {
    const one = list[place];
    if (one === "inherit" || one === place || one === process[place === 1 ? "stdout" : "stderr"]) {
      list[place] = "pipe";
      inherited.push(place);
    }
  }
  if (list[0] === "inherit" || list[0] === 0 || list[0] === process.stdin) list[0] = "ignore";
  return { stdio: list, inherited };
}
