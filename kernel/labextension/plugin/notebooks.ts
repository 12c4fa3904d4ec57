/** @file The open notebooks, as far as the neuron view has to do with them. */

/** The parts of `@jupyterlab/notebook` that are used here, named as they are there. */
interface Cell {
  readonly node: HTMLElement;
  readonly model: { readonly sharedModel: { setSource(source: string): void } };
}

interface Notebook {
  readonly widgets: readonly Cell[];
  readonly activeCell: Cell | null;
  activeCellIndex: number;
}

export interface NotebookTracker {
  find(test: (panel: { readonly node: HTMLElement; readonly content: Notebook }) => boolean): { readonly content: Notebook } | undefined;
}

export interface NotebookActions {
  insertBelow(notebook: Notebook): void;
}

let notebooks: { tracker: NotebookTracker; actions: NotebookActions } | undefined;

export function useNotebooks(tracker: NotebookTracker, actions: NotebookActions): void {
  notebooks = { tracker, actions };
}

/** Is this element an output in a notebook, below which a cell can be inserted? */
export const inNotebook = (element: HTMLElement): boolean => cellOf(element) !== undefined;

/** Inserts a cell below the one that this element is an output of. @returns false where it is in no notebook */
export function insertCellBelow(element: HTMLElement, source: string): boolean {
  const found = cellOf(element);
  if (found === undefined) return false;
  const { notebook, index } = found;
  notebook.activeCellIndex = index;
  notebooks!.actions.insertBelow(notebook);
  notebook.activeCell?.model.sharedModel.setSource(source);
  return true;
}

function cellOf(element: HTMLElement): { notebook: Notebook; index: number } | undefined {
  const notebook = notebooks?.tracker.find(({ node }) => node.contains(element))?.content;
  const index = notebook?.widgets.findIndex(({ node }) => node.contains(element)) ?? -1;
  return notebook === undefined || index < 0 ? undefined : { notebook, index };
}
