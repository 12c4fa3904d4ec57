/** @file Statistics taken inside the graph, so that no activation leaves the runtime and memory does not grow with text. */
import { abs, concat, div, gather, input, matmul, mul, reshape, sub, type Tensor, unsqueeze } from "../graph/index.js";
import type { Site } from "../models/sites.js";
import { PLAN, type Statistics } from "./plan.js";

/** Collects one site kind over the layers of a decoder. */
export class StatisticsGraph {
  private readonly sums: Tensor[] = [];
  private readonly deviations: Tensor[] = [];
  private readonly absolutes: Tensor[] = [];
  private readonly changes: Tensor[] = [];

  constructor(private readonly statistics: Statistics) {}

  visit(site: Site, value: Tensor): void {
    if (site.kind !== this.statistics.kind) return;
    const weights = input(PLAN.statsWeight, "float32", [1, "positions"]);
    const count = input(PLAN.statsCount, "float32", []);
    const models = this.perModel(site, value);
    const sums = models.map((x) => matmul(weights, x));
    // squares are taken around this batch's mean: sums of raw squares lose digits where a mean is large
    const deviations = models.map((x, i) => {
      const centred = sub(x, div(sums[i], count));
      return matmul(weights, mul(centred, centred));
    });
    this.sums.push(concat(sums, 0));
    this.deviations.push(concat(deviations, 0));
    if (this.statistics.absolute)
      this.absolutes.push(
        concat(
          models.map((x) => matmul(weights, abs(x))),
          0,
        ),
      );
    if (models.length === 2) {
      const change = sub(models[0], models[1]);
      this.changes.push(matmul(weights, mul(change, change)));
    }
  }

  outputs(): Record<string, Tensor> {
    const stack = (layers: Tensor[]) =>
      concat(
        layers.map((x) => unsqueeze(x, [1])),
        1,
      );
    const outputs: Record<string, Tensor> = { [PLAN.statsSum]: stack(this.sums), [PLAN.statsDeviation]: stack(this.deviations) };
    if (this.absolutes.length > 0) outputs[PLAN.statsAbsolute] = stack(this.absolutes);
    if (this.changes.length > 0) outputs[PLAN.statsChange] = concat(this.changes, 0);
    return outputs;
  }

  /** Values of each model, `(positions, units)`. */
  private perModel(site: Site, value: Tensor): Tensor[] {
    const units = value.shape[2];
    const flat = (x: Tensor) => reshape(x, ["positions", units]);
    if (this.statistics.compare === "single") return [flat(value)];
    if (this.statistics.compare === "given")
      return [flat(value), flat(input(PLAN.statsGiven(site.layer), "float32", ["batch", "time", units]))];
    const halves = reshape(value, [2, "pairs", "time", units]);
    return [0, 1].map((half) => flat(gather(halves, half)));
  }
}
