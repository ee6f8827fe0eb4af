/**
 * A model of texts in; how a text goes on, out, with one step of its recurrences for each token: what they keep of the text so far is
 * given to the next step. Only of models that then say the same as when all tokens are read anew, which is found by trying.
 */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { oneStep } from '../../compiler/ir/one-step.ts';
import { lower } from '../../compiler/lower/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import type { Session } from '../../runtime/execute.ts';
import { allocate } from '../../runtime/tensor.ts';
import type { Continue, TextModel } from './sample-text.ts';

/**
 * The model checked for rows of so many tokens that its recurrences have two positions; undefined where it has no such step.
 * `window` says how a row of at most so many tokens goes on when it is read anew.
 */
export async function carriedContinuation(
  session: Session,
  typed: TypedProgram,
  text: TextModel,
  window: Continue,
  most: number,
): Promise<Continue | undefined> {
  const goOn = await stepping(session, typed, text);
  return goOn !== undefined && (await isAsWindow(goOn, window, text, most)) ? goOn : undefined;
}

async function stepping(
  session: Session,
  typed: TypedProgram,
  { input, output, codes }: TextModel,
): Promise<Continue | undefined> {
  const step = oneStep(lower(typed, { kind: 'run', outputs: [output.name] }));
  if (step === undefined) return undefined;
  const { program } = compile(step.graph, session.info.summary);
  const { name } = input.label;
  const width = program.inputs.find((one) => one.name === name)?.shape[1];
  const [, positions, size] = program.results.find((one) => one.name === output.name)!.shape;
  // Each of the two positions says what follows it.
  if (width === undefined || positions !== 2 || size === undefined) return undefined;
  const runner = await session.load(program);
  for (const id of step.states) {
    const { name: state, dtype, indices } = step.graph.nodes[id]!;
    const shape = indices.map(({ extent }) => extent);
    const count = shape.reduce((product, extent) => product * extent, 1);
    await session.set(state, { dtype, shape, data: allocate(dtype, count) });
  }
  /** Tokens that are read already, and what was said after them. */
  const read: number[] = [];
  let numbers = new Float64Array(codes.size);
  return async (tokens) => {
    const goesOn = tokens.length > read.length && read.every((token, k) => token === tokens[k]);
    if (!goesOn) read.length = 0;
    for (const token of tokens.slice(read.length)) {
      // A text begins at position 0; it goes on at position 1, from what is carried there.
      const at = Math.min(read.length, 1);
      read.push(token);
      runner.write(name, new Int32Array(width).fill(token));
      if (read.length <= 2) runner.write(step.position, Int32Array.of(at));
      await runner.run();
    }
    if (tokens.length > 0) {
      const said = await runner.read(output.name);
      const from = Math.min(tokens.length - 1, 1) * size;
      numbers = numbers.map((_, k) => said[from + k]!);
    }
    return numbers;
  };
}

/** Rows that are read both ways, at most: as many as hold each token once. */
const mostRows = 8;

/**
 * Whether it is the same at the end of rows as long as can be read anew, where all that the model looks back at would be seen, and at
 * the first positions, where it would be seen that they count.
 */
async function isAsWindow(
  goOn: Continue,
  window: Continue,
  { codes }: TextModel,
  most: number,
): Promise<boolean> {
  if (most < 3) return false;
  const rows = Math.min(mostRows, Math.ceil(codes.size / most));
  for (let row = 0; row < rows; row++) {
    const tokens = Array.from({ length: most }, (_, k) => (k + row * most) % codes.size);
    for (const length of row === 0 ? [1, 2, 3, most] : [most]) {
      const read = tokens.slice(0, length);
      const [one, other] = [await goOn(read), await window(read)];
      if (!one.every((value, k) => Math.abs(value - other[k]!) <= 1e-5 * (1 + Math.abs(value)))) return false;
    }
  }
  return true;
}
