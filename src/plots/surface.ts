/** Two numbers that a training changes in; the loss over them, and the way that the training went, as a picture out. */
import { objectivesOf } from '../../compiler/check/recipes/part-states.ts';
import type { Parameter, TypedProgram } from '../../compiler/check/typed.ts';
import { evaluate } from '../../runtime/evaluate.ts';
import type { Runner } from '../../runtime/execute.ts';
import type { TypedArray } from '../../runtime/tensor.ts';
import { limited } from '../data/dataset.ts';
import { extremesOf } from '../data/extremes.ts';
import { UsageError } from '../terminal/failure.ts';
import type { Look, Looked, Onlooker } from '../training/training.ts';
import { fieldChart, pathMarks, strength } from '../views/field-chart.ts';

/** Values of each of the two at which the loss is computed. */
const across = 48;
const mostSamples = 256;
/** Of what the way spans, that much is shown on each side of it. */
const beyond = 0.5;
const levels = 14;

/** One number of a parameter: `W[1, 0]`. */
interface Coordinate {
  readonly label: string;
  readonly path: string;
  readonly position: number;
}

interface Surface {
  readonly look: Look;
  /** After the training. */
  readonly picture: () => string;
}

/** `along` are two coordinates; where it is empty, the only two numbers that the model has. */
export function lossSurface(along: readonly string[]): Surface {
  let drawn = '';
  return {
    look: async (training): Promise<Onlooker> => {
      const [a, b] = coordinatesOf(training.typed, along);
      const way: { x: number; y: number }[] = [];
      const here = async (): Promise<void> => {
        const [x, y] = await Promise.all(
          [a, b].map(async ({ path, position }) => (await training.session.get(path)).data[position]!),
        );
        way.push({ x: x!, y: y! });
      };
      await here();
      return {
        epoch: here,
        finish: async () => {
          drawn = await surfaceChart(training, [a, b], way);
        },
      };
    },
    picture: () => drawn,
  };
}

function coordinatesOf(typed: TypedProgram, along: readonly string[]): readonly [Coordinate, Coordinate] {
  const trained = typed.parameters.filter(({ kind }) => kind === 'param');
  const all = trained.flatMap(coordinates);
  const named = along.map((text) => {
    const found = all.find(({ label }) => label.replaceAll(' ', '') === text.replaceAll(' ', ''));
    if (found !== undefined) return found;
    const known = all.slice(0, 6).map(({ label }) => label);
    throw new UsageError(
      `--along ${text}: no trained number of model ${typed.model} is called so; there are ${known.join(', ')}${all.length > known.length ? ', …' : ''}`,
    );
  });
  const [a, b, more] = along.length === 0 ? all : named;
  if (a === undefined || b === undefined || more !== undefined)
    throw new UsageError(
      `a surface has two axes, and model ${typed.model} trains ${all.length} numbers\n  hint: choose two, as in --along '${all
        .slice(0, 2)
        .map(({ label }) => label)
        .join(',')}'`,
    );
  return [a, b];
}

const mostNamed = 10_000;

function coordinates({ path, tensor, count }: Parameter): readonly Coordinate[] {
  const extents = tensor.dims.map(({ extent }) => extent);
  return Array.from({ length: Math.min(count, mostNamed) }, (_, position) => {
    let rest = position;
    const indices = extents.toReversed().map((extent) => {
      const index = rest % extent;
      rest = Math.floor(rest / extent);
      return index;
    });
    return {
      label: extents.length === 0 ? path : `${path}[${indices.toReversed().join(', ')}]`,
      path,
      position,
    };
  });
}

async function surfaceChart(
  { session, typed, training, compiledFor, seed }: Looked,
  [a, b]: readonly [Coordinate, Coordinate],
  way: readonly { readonly x: number; readonly y: number }[],
): Promise<string> {
  const [x, y] = [spanOf(way.map((p) => p.x)), spanOf(way.map((p) => p.y))];
  const dataset = limited(training, mostSamples);
  const loss = objectivesOf(typed.recipe!)[0]!.lossName;
  const runners = new Map<number, Promise<Runner>>();
  const runnerFor = (size: number): Promise<Runner> => {
    const runner = runners.get(size) ?? session.load(compiledFor(size));
    runners.set(size, runner);
    return runner;
  };
  const trained = new Map<string, TypedArray>();
  for (const { path } of [a, b]) trained.set(path, (await session.get(path)).data.slice());
  const place = (from: number, to: number, k: number): number => from + ((k + 0.5) / across) * (to - from);
  const values: number[] = [];
  for (let k = 0; k < across * across; k++) {
    const at = new Map([...trained].map(([path, data]) => [path, data.slice()]));
    at.get(a.path)![a.position] = place(x.from, x.to, k % across);
    at.get(b.path)![b.position] = place(y.from, y.to, Math.floor(k / across));
    for (const [path, data] of at) await setData(session, path, data);
    const { count } = dataset;
    const found = await evaluate({ runnerFor, dataset: dataset.inputs, count, batch: count, seed });
    values.push(found.values.get(loss)!);
  }
  for (const [path, data] of trained) await setData(session, path, data);
  const { least, most } = extremesOf(values);
  // A bowl is seen all the way down where colours and lines follow its logarithm.
  const isWide = least > 0 && most / least > 30;
  const height = (value: number): number => (isWide ? Math.log(value) : value);
  const [low, high] = [height(least), height(most)];
  const share = (value: number): number =>
    Number.isFinite(value) ? (high > low ? (height(value) - low) / (high - low) : 0.5) : 1;
  const thresholds = Array.from({ length: levels - 1 }, (_, k) => low + ((k + 1) / levels) * (high - low));
  return fieldChart({
    title: `${loss} over ${a.label} and ${b.label}`,
    x: { label: a.label, ...x },
    y: { label: b.label, ...y },
    columns: across,
    rows: across,
    at: (column, row) => strength(0.7 * share(values[(across - 1 - row) * across + column]!)),
    keys: [{ kind: 'scale', name: loss, least, most }],
    marks: (plot) => [
      plot.contour(withRim(values.map(height)), {
        width: across + 2,
        height: across + 2,
        ...{ x1: place(x.from, x.to, -1.5), x2: place(x.from, x.to, across + 0.5) },
        ...{ y1: place(y.from, y.to, -1.5), y2: place(y.from, y.to, across + 0.5) },
        clip: true,
        value: plot.identity,
        thresholds,
        stroke: 'currentColor',
        strokeOpacity: 0.35,
        strokeWidth: 0.8,
      }),
      ...pathMarks(plot, way),
    ],
  });
}

/** One more value on each side, as straight on as the last two: a contour turns where values end, which is outside then. */
function withRim(values: readonly number[]): readonly number[] {
  const at = (row: number, column: number): number => {
    const [r, c] = [row, column].map((k) => Math.min(across - 1, Math.max(0, k)));
    const edge = values[r! * across + c!]!;
    const inside = values[(2 * r! - row) * across + 2 * c! - column]!;
    return 2 * edge - inside;
  };
  const places = Array.from({ length: across + 2 }, (_, k) => k - 1);
  return places.flatMap((row) => places.map((column) => at(row, column)));
}

async function setData(session: Looked['session'], path: string, data: TypedArray): Promise<void> {
  const { dtype, shape } = await session.get(path);
  await session.set(path, { dtype, shape, data });
}

function spanOf(values: readonly number[]): { readonly from: number; readonly to: number } {
  const { least, most } = extremesOf(values);
  const room = most > least ? beyond * (most - least) : 1;
  return { from: least - room, to: most + room };
}
