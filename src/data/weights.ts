/** Parameters by path: their first values, and to and from safetensors files. */

import { nearNames } from '../../compiler/check/problems/suggest.ts';
import { optimizerStates } from '../../compiler/check/recipes/part-states.ts';
import type { Parameter, TypedProgram } from '../../compiler/check/typed.ts';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { convertTo, type ExpectedTensor, expectedText, fitShape } from '../../runtime/data/convert.ts';
import { type HostTensor, hostTypeText } from '../../runtime/data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import { stepKey } from '../../runtime/random.ts';
import { allocate, type Tensor } from '../../runtime/tensor.ts';
import { groupedDigits } from '../terminal/grouped-digits.ts';

export type Weights = ReadonlyMap<string, Tensor>;

/** The key of the initial values: training steps count from 1. */
const initialStep = 0;

/** More than this many numbers in one parameter is taken for a mistake. */
const largestParameter = 2 ** 28;

/**
 * The initial value of every parameter, of states and of the optimizer's states. They are computed on the host,
 * so that a seed gives the same bits on every adapter.
 */
export function initialWeights(program: TypedProgram, seed: number): Weights {
  const large = [...savedParameters(program), ...optimizerStates(program)].find(
    (p) => p.count > largestParameter,
  );
  if (large !== undefined) {
    throw new DataError(
      `${large.path} would have ${groupedDigits(large.count)} numbers; ` +
        `nnc makes at most ${groupedDigits(largestParameter)}`,
    );
  }
  const graph = lower(program, { kind: 'init' });
  const scalar = (value: number) => ({ shape: [], data: Float64Array.of(value) });
  const feeds = new Map([
    ['key', scalar(stepKey(seed, initialStep))],
    ['step', scalar(initialStep)],
  ]);
  const { results } = evaluateGraph(graph, feeds);
  return new Map(
    graph.results.map(({ name, value }) => {
      const { dtype } = graph.nodes[value]!;
      const { shape, data } = results.get(name)!;
      const stored = allocate(dtype, data.length);
      stored.set(data);
      return [name, { dtype, shape, data: stored }];
    }),
  );
}

/** The parameters that a model saves: all of its own, without the optimizer's states. */
export const savedParameters = (program: TypedProgram): readonly Parameter[] => program.parameters;

/**
 * Takes the wanted parameters from a file's tensors; refuses a file that lacks one or has another shape. `prefix` is what their names
 * begin with there.
 */
export function pickWeights(
  wanted: readonly Parameter[],
  tensors: ReadonlyMap<string, HostTensor>,
  file: string,
  prefix = '',
): Weights {
  const missing = wanted.filter((p) => !tensors.has(`${prefix}${p.path}`));
  if (missing.length > 0) {
    const [first] = missing;
    const [near] = nearNames(first!.path, [...tensors.keys()]);
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    const hint =
      missing.length === wanted.length
        ? tensors.has('')
          ? 'the file holds one tensor without a name; weights are .safetensors or .npz files'
          : `these look like the weights of another model: it has ${[...tensors.keys()].slice(0, 4).join(', ') || 'no tensors'}`
        : near === undefined
          ? 'check that the file was saved by this model'
          : `it has ${near}`;
    throw new DataError(`${file} has no ${prefix}${first!.path}${others}\n  hint: ${hint}`);
  }
  return new Map(
    wanted.map((p) => {
      const expected = {
        name: `${file}: ${prefix}${p.path}`,
        dtype: p.tensor.dtype,
        shape: p.tensor.dims.map((d) => d.extent),
        dimensions: p.tensor.dims.map((d) => d.name),
      };
      return [p.path, fitted(tensors.get(`${prefix}${p.path}`)!, expected)];
    }),
  );
}

function fitted(tensor: HostTensor, expected: ExpectedTensor): Tensor {
  if (fitShape(tensor.shape, expected.shape, false) !== undefined) {
    return convertTo(tensor, expected, { reshape: false });
  }
  throw new DataError(
    `${expected.name}: the shapes do not agree\n  expected ${expectedText(expected)}\n` +
      `  found    ${hostTypeText(tensor)}\n` +
      '  hint: these are the weights of another model, or of one with another --set',
  );
}

/** For a file: booleans are bytes there. */
export const hostTensor = ({ dtype, shape, data }: Tensor): HostTensor =>
  dtype === 'bool' ? { dtype, shape, data: Uint8Array.from(data) } : { dtype, shape, data };
