/** @file Worker side: one forward and backward pass over a batch of texts. */
import { LaneState } from "./lane-state.js";
import type { LoadedSession } from "./loaded-session.js";
import type { TrainReply, TrainRequest } from "./protocol.js";
import { free, toOrt } from "./tensors.js";

export async function trainPass(request: TrainRequest, sessionOf: (id: number) => LoadedSession): Promise<TrainReply> {
  const { texts, fetch } = request;
  const counts = Int32Array.from(texts, (text) => text.length);
  const time = Math.max(...counts);
  const ids = new Int32Array(texts.length * time);
  texts.forEach((text, lane) => {
    ids.set(text, lane * time);
  });
  const feeds = Object.fromEntries(Object.entries(request.feeds).map(([name, tensor]) => [name, toOrt(tensor)]));
  const state = new LaneState(sessionOf(request.session), texts.length, time, false);
  const outputs = await state.step(ids, time, counts, feeds, fetch);
  // what came with the request is this thread's own copy
  for (const tensor of Object.values(feeds)) free(tensor);
  // the runtime made these for this run alone: they are handed over as they are
  return { outputs: Object.fromEntries(fetch.map((name) => [name, outputs[name].data as Float32Array])) };
}
