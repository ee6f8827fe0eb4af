/** A compilation with its sources in, the data of its page out. */
import type { TypedProgram } from '../../../compiler/check/typed.ts';
import type { Node } from '../../../compiler/ir/graph.ts';
import { printPath } from '../../../compiler/ir/origin.ts';
import { reductionNames } from '../../../compiler/ir/reducers.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import { positionOf, type Source } from '../../../grammar/source.ts';
import type { PageData, PlaceData, TypeLine } from './data.ts';
import { buffersOf, dispatchesOf } from './kernels.ts';
import { changesBetween, type PassRecord } from './passes.ts';
import { valuesOf } from './values.ts';

export interface PageInput {
  /** The file itself first, then those that it uses, then the prelude; only those that are spoken of are shown. */
  readonly sources: readonly Source[];
  /** How many of `sources` are the user's own. */
  readonly own: number;
  readonly program: TypedProgram;
  readonly purpose: string;
  readonly target: string;
  readonly compilation: Compilation;
  readonly passes: readonly PassRecord[];
  readonly open?: readonly string[];
}

export function pageData({
  sources,
  own,
  program,
  purpose,
  target,
  compilation,
  passes,
  open,
}: PageInput): PageData {
  const spoken = new Set(program.outline.map(({ at }) => at.source.name));
  const files = sources.filter(({ name }, k) => k < own || spoken.has(name));
  const fileOf = new Map(files.map(({ name }, k) => [name, k] as const));
  const { lowered, backward, optimized, fused } = compilation;
  const computed = new Set(fused.kernels.flatMap((k) => k.steps.map((s) => s.name)));
  const placeOf = ({ origin }: Node): PlaceData | undefined => {
    const file = origin.place && fileOf.get(origin.place.file);
    return origin.place === undefined || file === undefined
      ? undefined
      : [file, origin.place.line, origin.place.column];
  };
  const types = program.outline.map(({ depth, text, at }): TypeLine => {
    const { line, column } = positionOf(at.source, at.start);
    return { depth, text, place: [fileOf.get(at.source.name) ?? 0, line, column] };
  });
  const calls = new Map(
    program.outline.flatMap(({ call }, k) =>
      call?.at(-1)?.kind === 'layer' ? [[printPath(call), types[k]!.place] as const] : [],
    ),
  );
  const passed = passes.filter((p) => p.before !== p.after).map((p) => p.after);
  const values = valuesOf(
    { lowered, backward, passed, optimized, fused: fused.graph, computed },
    { placeOf, callOf: (path) => calls.get(printPath(path)) },
  );
  return {
    title: files[0]?.name ?? program.model,
    model: program.model,
    purpose,
    target,
    language: compilation.program.code.target === 'wasm' ? 'wat' : 'wgsl',
    dimensions: program.dimensions.map(({ name, extent }) => `${name} = ${extent}`),
    files: files.map(({ name, text }) => ({ name, text })),
    types,
    values: values.list,
    passes: passes.map(({ pass, before, after, seconds }) => ({
      name: pass.name,
      doc: pass.doc,
      milliseconds: seconds * 1000,
      changes: changesBetween(before, after).flatMap(({ name, ...change }) => {
        const value = values.numberOf.get(name);
        return value === undefined ? [] : [{ value, ...change }];
      }),
    })),
    dispatches: dispatchesOf(compilation, values.numberOf),
    buffers: buffersOf(compilation, values.numberOf),
    totalBytes: compilation.program.buffers.reduce((sum, b) => sum + b.bytes, 0),
    reductions: reductionNames,
    ...(open && { open }),
  };
}
