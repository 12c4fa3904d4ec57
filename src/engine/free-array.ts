/** @file Memory of typed arrays, given back at once. The collector would let tens of megabytes pile up. */
import { MessageChannel } from "node:worker_threads";

/** A port without a partner: what is transferred to it is freed. */
const drain = (() => {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.unref();
  return port1;
})();

/** Frees the whole buffer that the array lies in; the array is empty from then on. Shared buffers are left alone. */
export function freeArray({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) drain.postMessage(null, [buffer]);
}
