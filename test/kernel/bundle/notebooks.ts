/** Notebooks for the tests of bundles, as `run` leaves them. */
import type { Cell, Notebook, Output } from "../../../kernel/notebook/format.js";

export const result = (data: Record<string, unknown>, metadata: Record<string, unknown> = {}): Output => ({
  output_type: "execute_result",
  execution_count: 1,
  data,
  metadata,
});

export const printed = (text: string, name = "stdout"): Output => ({ output_type: "stream", name, text: [text] });

export const code = (source: string, outputs: Output[] = [], more: Partial<Cell> = {}): Cell => ({
  cell_type: "code",
  source,
  metadata: {},
  outputs,
  execution_count: 1,
  ...more,
});

export const markdown = (source: string): Cell => ({ cell_type: "markdown", source, metadata: {} });

export function notebook(...cells: Cell[]): Notebook {
  let count = 0;
  for (const cell of cells) if (cell.cell_type === "code" && cell.execution_count !== null) cell.execution_count = ++count;
  return { nbformat: 4, nbformat_minor: 5, metadata: { language_info: { name: "typescript" } }, cells };
}

/** What a table's output holds for machines. */
export const resource = (fields: Record<string, string>, data: readonly object[]) => ({
  profile: "tabular-data-resource",
  schema: { fields: Object.entries(fields).map(([name, type]) => ({ name, type })) },
  data,
  totalRows: data.length,
});
