/** @file JupyterLab's own base class of all that it shows. */
import { shared } from "./shared.js";

export const { Widget } = await shared<typeof import("@lumino/widgets")>("@lumino/widgets");
