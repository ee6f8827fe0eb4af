/** Imports point one way: along the road from text to kernels, and never from the runtime to the compiler. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** A file may import from its own entry and from those above it. The first entry that begins a path counts. */
const road = [
  'runtime/extents.ts',
  'compiler/internal-error.ts',
  'compiler/decision.ts',
  'compiler/index/',
  'grammar/operators.ts',
  'compiler/scalar/',
  'compiler/ir/reducers',
  'grammar/',
  'compiler/ir/',
  'compiler/reference/',
  'compiler/check/typed.ts',
  'compiler/check/values.ts',
  'compiler/check/scope.ts',
  'compiler/check/syntax.ts',
  'compiler/check/paths.ts',
  'compiler/check/problems/',
  'compiler/check/declarations.ts',
  'compiler/check/checker.ts',
  'compiler/check/tensors/',
  'compiler/check/arithmetic/',
  'compiler/check/shapes/',
  'compiler/check/indices/',
  'compiler/check/builtins/',
  'compiler/check/calls/',
  'compiler/check/evaluate.ts',
  'compiler/check/recurrences/',
  'compiler/check/statements/',
  'compiler/check/recipes/',
  'compiler/check/names/',
  'compiler/check/',
  'compiler/lower/',
  'compiler/autodiff/',
  'compiler/passes/',
  'runtime/limits.ts',
  'compiler/classes/',
  'compiler/target.ts',
  'compiler/sanitize/',
  'compiler/fuse/',
  'compiler/nest/',
  'compiler/schedule/',
  'compiler/wgsl/',
  'runtime/errors.ts',
  'runtime/json.ts',
  'runtime/program.ts',
  'compiler/wasm/',
  'compiler/plan/',
  'compiler/limits/',
  'compiler/pipeline.ts',
  'compiler/explain/',
  'compiler/trace/',
  'compiler/gradcheck/',
  'compiler/compare/',
  'runtime/',
  'src/installation.ts',
  'src/terminal/',
  'src/model/',
  'src/data/',
  'src/views/',
  'src/device/',
  'src/saved/',
  'src/running/',
  'src/training/',
  'src/experiments/',
  'src/plots/',
  'src/exercise/',
  'src/language-server/',
  'src/',
] as const;

const root = path.resolve(import.meta.dirname, '..');
const placeOf = (file: string): number => road.findIndex((entry) => file.startsWith(entry));

const files = ['grammar', 'compiler', 'runtime', 'src'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name)),
);

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((m) =>
    path.relative(root, path.resolve(root, path.dirname(file), m[1]!)),
  );

test('every file has its place on the road', () => {
  expect(files.filter((file) => placeOf(file) < 0)).toEqual([]);
});

test('imports point back along it', () => {
  const forward = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => placeOf(target) > placeOf(file))
      .map((target) => `${file} -> ${target}`),
  );
  expect(forward).toEqual([]);
});

test('the runtime knows nothing of the compiler', () => {
  const outside = files
    .filter((file) => file.startsWith('runtime/'))
    .flatMap((file) => importsOf(file).filter((target) => !target.startsWith('runtime/')));
  expect(outside).toEqual([]);
});
