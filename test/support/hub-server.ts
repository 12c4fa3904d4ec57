import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** A hub on 127.0.0.1 with one repository, as far as a download needs it: revision, tree, and files by range. */
export interface HubServer {
  readonly url: string;
  /** `METHOD path range` of each request. */
  readonly log: string[];
  /** Bytes of a file's body that are sent before the connection is cut; the cut happens `cuts` times. */
  cutAfter: number;
  cuts: number;
  /** Authorization headers seen. */
  readonly tokens: Set<string | undefined>;
  /** When set, bytes of bodies are flipped. */
  damage: boolean;
  close(): Promise<void>;
}

export const commit = "0123456789abcdef0123456789abcdef01234567";

export async function hubServer(repo: string, files: Readonly<Record<string, Buffer>>): Promise<HubServer> {
  const state = { log: [] as string[], cutAfter: Number.POSITIVE_INFINITY, cuts: 0, tokens: new Set<string | undefined>(), damage: false };
  const server = http.createServer((request, response) => {
    const url = new URL(request.url!, "http://127.0.0.1");
    state.log.push(`${request.method} ${url.pathname} ${request.headers.range ?? ""}`.trim());
    state.tokens.add(request.headers.authorization);
    const json = (value: unknown) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    if (url.pathname === `/api/models/${repo}/revision/main`) return json({ _id: "1", id: repo, sha: commit });
    if (url.pathname === `/api/models/${repo}/tree/${commit}`) return json(Object.entries(files).map(([path, body]) => entry(path, body)));
    const file = files[url.pathname.replace(`/${repo}/resolve/${commit}/`, "")];
    if (!file) return response.writeHead(404, { "x-error-code": "RepoNotFound" }).end();
    return sendFile(request, response, file);
  });

  function sendFile(request: http.IncomingMessage, response: http.ServerResponse, file: Buffer): void {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const first = Number(from ?? 0);
    const last = to ? Math.min(Number(to), file.length - 1) : file.length - 1;
    const body = Buffer.from(file.subarray(first, last + 1));
    if (state.damage && body.length > 1) body[0]! ^= 1;
    response.setHeader("etag", '"x"').setHeader("content-length", body.length);
    if (from !== undefined) response.setHeader("content-range", `bytes ${first}-${last}/${file.length}`);
    response.writeHead(from === undefined ? 200 : 206);
    if (body.length > state.cutAfter && state.cuts > 0) {
      state.cuts--;
      response.write(body.subarray(0, state.cutAfter), () => setTimeout(() => response.destroy(), 50));
    } else response.end(body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(state, { url: `http://127.0.0.1:${port}`, close });
}

/** Files of 1,000 bytes and more are kept as the hub keeps large files: under their sha256. */
function entry(path: string, body: Buffer): unknown {
  const oid = createHash("sha1").update(`blob ${body.length}\0`).update(body).digest("hex");
  const lfs = body.length >= 1000 && { lfs: { oid: createHash("sha256").update(body).digest("hex"), size: body.length, pointerSize: 130 } };
  return { type: "file", path, size: body.length, oid, ...lfs };
}
