/** @file The plugin proper: lets the neuron view write into the notebook that it stands in. Front ends without notebooks go without. */
import { type NotebookActions, type NotebookTracker, useNotebooks } from "./notebooks.js";
import { shared } from "./shared.js";

const { INotebookTracker, NotebookActions: actions } = await shared<{
  INotebookTracker: unknown;
  NotebookActions: NotebookActions;
}>("@jupyterlab/notebook");

export default {
  id: "neuronbook:notebooks",
  description: "Inserts cells that make a NeuronSet of what was selected.",
  autoStart: true,
  optional: [INotebookTracker],
  activate(_app: unknown, tracker: NotebookTracker | null): void {
    if (tracker !== null) useNotebooks(tracker, actions);
  },
};
