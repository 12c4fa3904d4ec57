/** @file What the PNG maker and its worker say to each other: one answer a request, in order. */

export interface PngRequest {
  /** plotly's `data` and `layout`, as JSON */
  readonly drawing: string;
  /** CSS pixels */
  readonly width: number;
  readonly height: number;
  /** pixels of the PNG to a CSS pixel */
  readonly scale: number;
}

export type PngAnswer = { readonly png: Uint8Array<ArrayBuffer> } | { readonly error: string };
