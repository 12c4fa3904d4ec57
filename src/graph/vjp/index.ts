/** Vector-Jacobian products by op name. */
import { ELEMENTWISE } from "./elementwise.js";
import { LAYOUT } from "./layout.js";
import { MATMUL } from "./matmul.js";
import { REDUCTION } from "./reduction.js";
import type { Vjp } from "./vjp.js";

export const VJPS: ReadonlyMap<string, Vjp> = new Map(Object.entries({ ...ELEMENTWISE, ...LAYOUT, ...MATMUL, ...REDUCTION }));
