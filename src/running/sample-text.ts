/**
 * A model of texts and a beginning in; what it goes on with, drawn one character or word after another, out. All that
 * the model reads at once is run anew for each.
 */
import type { LeafTensor, Output, TypedProgram } from '../../compiler/check/typed.ts';
import { tokensOf, unitOf } from '../../runtime/data/text.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/execute.ts';
import type { Program } from '../../runtime/program.ts';
import type { Classes } from '../data/classes.ts';
import type { Random } from '../data/random.ts';
import { UsageError } from '../terminal/failure.ts';

/** What of a model says how a text goes on. */
export interface TextModel {
  readonly input: LeafTensor;
  /** Scores or shares of the tokens, [B, V], or [B, T, V] after each position. */
  readonly output: Output;
  readonly codes: ReadonlyMap<string, number>;
}

/**
 * The input whose vocabulary the weights know, and the first output with a number for each token, or with more, which no
 * token has; undefined without.
 */
export function textModel({ inputs, outputs }: TypedProgram, classes: Classes): TextModel | undefined {
  for (const input of inputs) {
    const codes = classes.get(input.label.name)?.[0];
    if (codes === undefined || input.kind !== 'input' || input.dtype !== 'i32' || input.dims.length !== 2)
      continue;
    const scores = outputs.filter(
      ({ role, tensor: { dtype, dims } }) =>
        role === 'output' && dtype === 'f32' && (dims.length === 2 || dims.length === 3),
    );
    const sizeOf = ({ tensor }: Output): number => tensor.dims.at(-1)!.extent;
    const output =
      scores.find((score) => sizeOf(score) === codes.size) ??
      scores.find((score) => sizeOf(score) > codes.size);
    if (output !== undefined) return { input, output, codes };
  }
  return undefined;
}

/** The codes of a beginning. Where it is empty, a line or a sentence begins. */
export function beginningOf(text: string, codes: ReadonlyMap<string, number>): readonly number[] {
  const unit = unitOf(codes);
  const tokens = tokensOf(text, unit);
  const unknown = tokens.find((token) => !codes.has(token));
  if (unknown !== undefined) {
    throw new DataError(
      `--prompt: ${JSON.stringify(unknown)} is none of the ${codes.size} ${unit} of the training data`,
    );
  }
  const start = codes.get(unit === 'words' ? '.' : '\n') ?? codes.get(' ') ?? 0;
  return tokens.length === 0 ? [start] : tokens.map((token) => codes.get(token)!);
}

/** Runs the model on the last tokens; gives the numbers for what comes next. */
export type Continue = (tokens: readonly number[]) => Promise<Float64Array>;

/**
 * A program of one row of `width` tokens -> how a text goes on. Whether the last place of a row is read, or is what the
 * others predict, and whether a position sees what follows it, is found by trying.
 */
export async function continuation(
  session: Session,
  program: Program,
  { input, output, codes }: TextModel,
): Promise<Continue> {
  const { name } = input.label;
  const width = program.inputs.find((spec) => spec.name === name)!.shape[1]!;
  const size = output.tensor.dims.at(-1)!.extent;
  const known = codes.size;
  const runner = await session.load(program);
  const run = async (row: Int32Array): Promise<ArrayLike<number>> => {
    runner.write(name, row);
    await runner.run();
    return runner.read(output.name);
  };
  const [, positions] = program.results.find((result) => result.name === output.name)!.shape;
  const after = output.tensor.dims.length === 3 ? positions! : undefined;
  const first = Int32Array.from({ length: width }, (_, k) => k % known);
  /** With another token from this place on. */
  const changed = (from: number) => first.map((code, k) => (k < from ? code : (code + 1) % known));
  const plain = Float64Array.from(await run(first));
  const isSame = (other: ArrayLike<number>, from: number, until: number): boolean =>
    plain
      .subarray(from * size, until * size)
      .every((value, k) => Math.abs(value - other[from * size + k]!) <= 1e-5 * (1 + Math.abs(value)));
  if (after === undefined) {
    // The last place of a row may be what the others predict.
    const context = isSame(await run(changed(width - 1)), 0, 1) ? width - 1 : width;
    return async (tokens) => {
      const seen = tokens.slice(tokens.length - Math.min(tokens.length, context));
      const before = new Array<number>(context - seen.length).fill(seen[0] ?? 0);
      const numbers = await run(rowOf([...before, ...seen], width));
      return Float64Array.from({ length: known }, (_, k) => numbers[k]!);
    };
  }
  const middle = after >> 1;
  const other = await run(changed(middle));
  if (after > width || !isSame(other, 0, middle)) {
    throw new UsageError(
      `${output.name} at a position depends on what follows it, so it does not say how a text goes on`,
    );
  }
  // A position may say what stands there, and else says what comes next.
  const own = isSame(other, middle, middle + 1) ? 0 : 1;
  const context = Math.max(1, after - 1 + own);
  return async (tokens) => {
    const seen = tokens.slice(-context);
    const numbers = await run(rowOf(seen, width));
    const from = (seen.length - own) * size;
    return Float64Array.from({ length: known }, (_, k) => numbers[from + k]!);
  };
}

/** What is not there yet is not looked at. */
const rowOf = (tokens: readonly number[], width: number): Int32Array =>
  Int32Array.from({ length: width }, (_, k) => tokens[k] ?? 0);

/** A token drawn by scores or by shares, whose logarithms are divided by the temperature; at 0, the most likely one. */
export function drawToken(numbers: Float64Array, temperature: number, random: Random): number {
  const sum = numbers.reduce((total, p) => total + p, 0);
  // Numbers that no token has may have a part of the shares.
  const isShare = numbers.every((p) => p >= 0) && sum > 0 && sum < 1 + 1e-3;
  const scores = isShare ? numbers.map(Math.log) : numbers;
  const highest = scores.reduce((a, b) => Math.max(a, b));
  if (!Number.isFinite(highest))
    throw new DataError('the model gives no number for what comes next: it is NaN or infinite');
  if (temperature === 0) return scores.indexOf(highest);
  const weights = scores.map((score) => Math.exp((score - highest) / temperature));
  let left = random.unit() * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return found < 0 ? scores.indexOf(highest) : found;
}
