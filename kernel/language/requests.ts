/** @file What the front asks the language thread, and what it answers. */
import type { MessagePort } from "node:worker_threads";
import type { CompiledCell, RefusedCell } from "./compile.js";
import type { Completions } from "./complete.js";
import type { Completeness } from "./is-complete.js";

export interface LanguageCalls {
  compile: { args: [id: number, code: string, label: string]; result: CompiledCell | RefusedCell };
  commit: { args: [id: number, kept: readonly string[]]; result: undefined };
  complete: { args: [code: string, cursor: number]; result: Completions };
  inspect: { args: [code: string, cursor: number]; result: { text: string; markdown: string } | undefined };
  isComplete: { args: [code: string]; result: Completeness };
  /** a stack in the user's terms, one line each */
  explain: { args: [name: string, message: string, stack: string]; result: string[] };
  /** loads what the first cell, or the first use of a helper, would wait for */
  warm: { args: [what: "cells" | "helpers"]; result: undefined };
  /** from the thread that runs cells */
  resolve: { args: [specifier: string, from: string]; result: string };
}

export type LanguageCall = keyof LanguageCalls;

export interface LanguageRequest<C extends LanguageCall = LanguageCall> {
  readonly id: number;
  readonly call: C;
  readonly args: LanguageCalls[C]["args"];
}

export type LanguageReply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failed: string };

/** Given to the thread: where the notebook lies, the setting for type errors, where compiled modules go, and the port of the thread that runs cells. */
export interface LanguageStart {
  readonly folder: string;
  readonly types: string | undefined;
  readonly modules: string;
  readonly session: MessagePort;
}
