/**
 * What a page shows, as plain JSON: the compiler writes it, `src/page/` reads it.
 *
 * A value is a number: its position in `values`. It has that number in every stage, so that a mark in one
 * panel is a mark in all.
 */

/** 0-based file, 1-based line and column. */
export type PlaceData = readonly [file: number, line: number, column: number];

/** A call that leads to a value: as a title, and as short as may be. */
export interface StepData {
  readonly title: string;
  readonly name: string;
}

export interface ValueData {
  readonly name: string;
  /** What it is called in the box of its layer; an adjoint, like what it is the adjoint of. */
  readonly label: string;
  readonly type: string;
  /** `update`: an equation of an optimizer. */
  readonly kind: 'input' | 'param' | 'frozen' | 'state' | 'scalar' | 'forward' | 'adjoint' | 'update';
  readonly place?: PlaceData;
  /** Where the layer that it belongs to is called. */
  readonly call?: PlaceData;
  readonly path: readonly StepData[];
  /** Of what a recipe computes. */
  readonly training?: TrainingData;
  /** Of an adjoint: the equation that was differentiated, the value that it is the adjoint of, and the rule. */
  readonly of: readonly number[];
  readonly rule?: string;
  /** Values that it was written into: it has no step of its own in any kernel. */
  readonly into: readonly number[];
  /** `loss`, `metric accuracy`, `update of Dense_1.W`, `in a loop, t = 0 .. 4`. */
  readonly roles: readonly string[];
  /** The final equation, or the first one where no pass left it. */
  readonly text: string;
  readonly math?: string;
  /** As it was before the passes, where that differs. */
  readonly before?: { readonly text: string; readonly math?: string };
  readonly reads: readonly number[];
  /** No pass removed it. */
  readonly stays: boolean;
}

/** The optimizer, and the parameter that it updates; nothing for what serves all, as a learning rate. */
export interface TrainingData {
  readonly by?: string;
  readonly parameter?: number;
}

export interface TypeLine {
  readonly depth: number;
  readonly text: string;
  readonly place: PlaceData;
}

export interface PassData {
  readonly name: string;
  readonly doc: string;
  readonly milliseconds: number;
  readonly changes: readonly ChangeData[];
}

export interface ChangeData {
  readonly value: number;
  readonly before?: string;
  readonly after?: string;
}

export interface DispatchData {
  readonly name: string;
  readonly rows: string;
  readonly columns: string;
  readonly steps: readonly { readonly value: number; readonly level: string; readonly text: string }[];
  readonly stores: readonly { readonly value: number; readonly over?: number }[];
  readonly because: readonly string[];
  readonly schedule: string;
  readonly why: string;
  readonly rejected: readonly { readonly option: string; readonly because: string }[];
  readonly workgroups: string;
  readonly buffers: readonly { readonly buffer: number; readonly written: boolean }[];
  readonly code: readonly CodeLine[];
  /** The number of another dispatch with the same code. */
  readonly same?: number;
}

export interface CodeLine {
  readonly text: string;
  /** The values of which it speaks. */
  readonly values?: readonly number[];
  /** The buffer that it declares. */
  readonly buffer?: number;
}

export interface BufferData {
  readonly label: string;
  readonly bytes: number;
  readonly role: string;
  /** Who lives there, from one dispatch to another, both inclusive. */
  readonly lives: readonly { readonly value: number; readonly from: number; readonly to: number }[];
  readonly touches: readonly { readonly dispatch: number; readonly written: boolean }[];
}

export interface PageData {
  readonly title: string;
  readonly model: string;
  readonly purpose: string;
  readonly target: string;
  /** What kernels are printed in. */
  readonly language: 'wgsl' | 'wat';
  readonly dimensions: readonly string[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly types: readonly TypeLine[];
  readonly values: readonly ValueData[];
  readonly passes: readonly PassData[];
  readonly dispatches: readonly DispatchData[];
  readonly buffers: readonly BufferData[];
  readonly totalBytes: number;
  /** Words for reductions. */
  readonly reductions: readonly string[];
  /** The panels that are open at first. */
  readonly open?: readonly string[];
}
