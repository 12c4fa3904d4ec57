/** @file Worker side: one pass over finished texts. */
import type { LoadedSession } from "./loaded-session.js";
import { PLAN } from "./plan.js";
import { resolvePositions } from "./positions.js";
import type { Elements, ScoreReply, ScoreRequest, WireTensor } from "./protocol.js";
import { BatchRunner, rowsToCapture } from "./runner.js";
import { type Feeds, toOrt } from "./tensors.js";

export async function scoreBatch(request: ScoreRequest, sessionOf: (id: number) => LoadedSession): Promise<ScoreReply> {
  const { batch, lockStep, capture } = request;
  const tokens = batch.lanes.map((lane) => lane.tokens);
  const lengths = tokens.map((list) => list.length);
  const time = Math.max(...lengths);
  const donor = lockStep && sessionOf(lockStep.batch.session);
  const runner = new BatchRunner(sessionOf(batch.session), batch, time, false, lengths, lockStep, donor);
  const captured = capture && rowsToCapture(capture, batch.lanes, (lane) => lane, new Int32Array(lengths.length), lengths, lengths);
  const { feeds, count } = statisticsFeeds(request, time);
  const outputs = await runner.step(tokens, {
    fetch: request.fetch,
    rows: request.rows?.lanes.map((lane, i) => lane * time + request.rows!.positions[i]),
    targets: request.rows?.targets,
    captureRows: captured?.flat,
    sites: capture?.sites,
    feeds,
  });
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toWire(tensor)])),
    captured: captured && { lanes: Int32Array.from(captured.lanes), positions: Int32Array.from(captured.positions) },
    count,
  };
}

/** Weights of the positions that statistics count; with two models in one batch the first half of the lanes decides for both. */
function statisticsFeeds({ statistics, batch }: ScoreRequest, time: number): { feeds: Feeds; count: number } {
  if (!statistics) return { feeds: {}, count: 0 };
  const lanes = batch.lanes.slice(0, batch.lanes.length / statistics.models);
  const weights = new Float32Array(lanes.length * time);
  let count = 0;
  lanes.forEach(({ tokens, promptLength }, lane) => {
    for (const position of resolvePositions(statistics.positions, promptLength, tokens.length)) {
      weights[lane * time + position] = 1;
      count++;
    }
  });
  return {
    count,
    feeds: {
      [PLAN.statsWeight]: toOrt({ dtype: "float32", data: weights, dims: [1, weights.length] }),
      [PLAN.statsCount]: toOrt({ dtype: "float32", data: Float32Array.of(Math.max(count, 1)), dims: [] }),
    },
  };
}

/** The runtime owns the memory of its outputs, so what leaves the worker is a copy. */
function toWire(tensor: import("onnxruntime-node").Tensor): WireTensor {
  const data = tensor.data as Elements;
  return { dtype: tensor.type as WireTensor["dtype"], dims: tensor.dims, data: data.slice() as Elements };
}
