/** @file The connection file: where the kernel's sockets are and the key that messages are signed with. */
import fs from "node:fs";
import { FileFormatError } from "../../src/errors.js";

export const CHANNELS = ["shell", "iopub", "stdin", "control", "hb"] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Connection {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly ports: Readonly<Record<Channel, number>>;
  /** empty: nothing is signed or checked, as the protocol allows */
  readonly key: string;
}

/** @throws FileFormatError for a file that names no usable sockets */
export function readConnection(file: string): Connection {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    throw new FileFormatError(file, `is no readable connection file: ${(cause as Error).message}`, { cause });
  }
  const { transport = "tcp", ip = "127.0.0.1", key = "", signature_scheme = "hmac-sha256" } = fields ?? {};
  if (transport !== "tcp" && transport !== "ipc")
    throw new FileFormatError(file, `transport is ${JSON.stringify(transport)}, not tcp or ipc`);
  if (typeof ip !== "string" || typeof key !== "string") throw new FileFormatError(file, "ip and key must be texts");
  if (signature_scheme !== "hmac-sha256")
    throw new FileFormatError(file, `signature_scheme is ${JSON.stringify(signature_scheme)}; only hmac-sha256 is known`);
  const ports = {} as Record<Channel, number>;
  for (const channel of CHANNELS) {
    const port = fields[`${channel}_port`];
    if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65535)
      throw new FileFormatError(file, `${channel}_port is ${JSON.stringify(port)}, not a port number`);
    ports[channel] = port as number;
  }
  return { transport, ip, ports, key };
}

/** The address of a socket as ZeroMQ writes it. */
export function address({ transport, ip, ports }: Connection, channel: Channel): string {
  return transport === "ipc" ? `ipc://${ip}-${ports[channel]}` : `tcp://${ip}:${ports[channel]}`;
}
