import { MessageChannel } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Subscriber } from "zeromq";
import { Front, type FrontParts } from "../../../kernel/front/front.js";
import { Sockets } from "../../../kernel/front/sockets.js";
import { CHANNELS, type Channel, type Connection } from "../../../kernel/protocol/connection.js";
import { type Message, Session } from "../../../kernel/protocol/messages.js";
import { Signer } from "../../../kernel/protocol/signing.js";

const key = "key";

test("a client that subscribes while the kernel starts is welcomed before it hears of a status", async () => {
  const ports = Object.fromEntries(CHANNELS.map((channel) => [channel, 0])) as Record<Channel, number>;
  const connection: Connection = { transport: "tcp", ip: "127.0.0.1", ports, key };
  const sockets = new Sockets();
  await sockets.bind(connection);
  const client = new Subscriber({ linger: 0, receiveTimeout: 20_000 });
  client.connect(sockets.iopub.lastEndpoint!);
  client.subscribe();
  // ZeroMQ's own thread hears of it, this one is busy
  while (!sockets.iopub.readable);

  const { port1, port2 } = new MessageChannel();
  const language = { call: () => new Promise(() => undefined) } as unknown as FrontParts["language"];
  const wire = new Session(new Signer(key), "kernel");
  new Front({ sockets, wire, language, port: port1, taken: new Float64Array(1), connection }).serve();

  const reader = new Session(new Signer(key), "client");
  const heard = async () => reader.decode(await client.receive()) as Message;
  const [first, second] = [await heard(), await heard()];
  assert.equal([first.header.msg_type, first.content], ["iopub_welcome", { subscription: "" }]);
  assert.equal([second.header.msg_type, second.content], ["status", { execution_state: "starting" }]);
  for (const socket of [client, sockets.iopub, sockets.shell, sockets.control, sockets.stdin, sockets.heartbeat]) socket.close();
  port2.close();
});

test.run();
