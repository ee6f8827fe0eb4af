/** A trained model in, what it makes up out: texts where it knows a vocabulary, else pictures out of noise. */
import type { LeafTensor, Output, TypedProgram } from '../compiler/check/typed.ts';
import { inputsOf } from '../compiler/lower/index.ts';
import { joinedTokens, unitOf } from '../runtime/data/text.ts';
import type { Session } from '../runtime/execute.ts';
import { elementCount } from '../runtime/extents.ts';
import type { Program } from '../runtime/program.ts';
import { checkModel, type Parsed } from './checked-model.ts';
import { choiceOf, type ModelChoice } from './command.ts';
import { compileFor } from './compilation.ts';
import { batchAxis } from './dataset.ts';
import { UsageError } from './failure.ts';
import { checkWritable, writeFileAtomic } from './files.ts';
import { parseModel } from './model.ts';
import { checkOutputs, sourcePlaces } from './outputs.ts';
import { randomStream } from './random.ts';
import { beginningOf, continuation, drawToken, type TextModel, textModel } from './sample-text.ts';
import { type DeviceKind, withSession } from './session.ts';
import {
  type StartingWeights,
  startingWeights,
  type WeightsChoice,
  weightsPlaces,
} from './starting-weights.ts';
import { pictureSheet } from './views/picture-sheet.ts';
import { pictureShape } from './views/report-data.ts';
import { savedParameters } from './weights.ts';

export interface SampleOptions extends ModelChoice {
  readonly weights?: WeightsChoice;
  readonly prompt: string;
  readonly length: number;
  readonly temperature: number;
  readonly window?: number;
  readonly count?: number;
  readonly out?: string;
  readonly seed: number;
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly verbose: boolean;
}

interface Sampling {
  readonly parsed: Parsed;
  readonly first: TypedProgram;
  readonly start: StartingWeights;
  readonly options: SampleOptions;
}

/** `write` gets a text piece by piece; `say` what there is to know of it. */
export async function sample(
  file: string,
  options: SampleOptions,
  write: (text: string) => void,
  say: (text: string) => void,
): Promise<void> {
  const parsed = parseModel(file);
  const first = checkModel(parsed, { training: false, ...choiceOf(options), bindings: options.set }).program;
  const start = startingWeights(options.weights, say);
  const sampling = { parsed, first, start, options };
  const { classes, lengths } = start.learned(first);
  const text = textModel(first, classes);
  if (text === undefined) return samplePictures(sampling, say);
  return sampleTexts(sampling, text, lengths.get(text.input.label.name), write);
}

/** The model, checked for so many samples at once, and with these extents of other free dimensions. */
function checkedFor(
  { parsed, first, options }: Sampling,
  count: number,
  others: ReadonlyMap<string, number> = new Map(),
): TypedProgram {
  const axis = batchAxis(first);
  const samples = axis === undefined ? [] : [[axis, count] as const];
  const bindings = new Map([...samples, ...others, ...options.set]);
  return checkModel(parsed, { training: false, ...choiceOf(options), bindings }).program;
}

/** Opens a device with the weights on it and one output compiled. */
async function withOutput<T>(
  { start, options }: Sampling,
  program: TypedProgram,
  output: string,
  work: (session: Session, compiled: Program) => Promise<T>,
): Promise<T> {
  const values = start.values(program, options.seed);
  return withSession(options, async (session) => {
    const { program: compiled } = compileFor(
      program,
      { kind: 'run', outputs: [output] },
      session.info.summary,
    );
    for (const { path } of savedParameters(program)) await session.set(path, values.get(path)!);
    return work(session, compiled);
  });
}

const usualWindow = 64;

async function sampleTexts(
  sampling: Sampling,
  text: TextModel,
  trained: number | undefined,
  write: (text: string) => void,
): Promise<void> {
  const { first, options } = sampling;
  const { input, output, codes } = text;
  const others = inputsOf(output).filter((name) => name !== input.label.name);
  if (others.length > 0)
    throw new UsageError(`${output.name} needs ${others.join(', ')} besides ${input.label.name}`);
  if (options.out !== undefined) throw new UsageError('--out is for pictures; a text goes to stdout');
  const { name: along } = input.dims[1]!;
  const isFree = first.dimensions.some(({ name, by }) => name === along && by === 'stand-in');
  const window = options.window ?? trained ?? usualWindow;
  const program = checkedFor(sampling, 1, isFree ? new Map([[along!, window]]) : undefined);
  const beginning = beginningOf(options.prompt, codes);
  const names = [...codes.keys()];
  const unit = unitOf(codes);
  await withOutput(sampling, program, output.name, async (session, compiled) => {
    const goOn = await continuation(session, compiled, text);
    for (let k = 0; k < (options.count ?? 1); k++) {
      const random = randomStream(options.seed, k);
      const tokens = [...beginning];
      const drawn: string[] = options.prompt === '' ? [] : beginning.map((code) => names[code]!);
      if (k > 0) write('\n');
      let written = '';
      for (let step = 0; step <= options.length; step++) {
        const whole = joinedTokens(drawn, unit);
        write(whole.slice(written.length));
        written = whole;
        if (step === options.length) break;
        const token = drawToken(await goOn(tokens), options.temperature, random);
        tokens.push(token);
        drawn.push(names[token]!);
      }
      write('\n');
    }
  });
}

const usualCount = 64;

async function samplePictures(sampling: Sampling, say: (text: string) => void): Promise<void> {
  const { first, options, parsed } = sampling;
  const { output, noise } = pictureOutput(first);
  const { out, count = usualCount, seed } = options;
  if (out === undefined) throw new UsageError(`${output.name} makes pictures: give --out FILE.png`);
  if (!/\.png$/i.test(out))
    throw new UsageError(`--out ${out}: pictures are written as PNG; the name must end in .png`);
  checkWritable(out);
  checkOutputs([{ what: '--out', path: out }], [...sourcePlaces(parsed), ...weightsPlaces(options.weights)]);
  const program = checkedFor(sampling, count);
  await withOutput(sampling, program, output.name, async (session, compiled) => {
    const runner = await session.load(compiled);
    const random = randomStream(seed, 0);
    for (const { label } of noise) {
      const { shape } = compiled.inputs.find(({ name }) => name === label.name)!;
      runner.write(label.name, Float32Array.from({ length: elementCount(shape) }, random.normal));
    }
    await runner.run();
    const { shape, dtype } = compiled.results[0]!;
    const sheet = pictureSheet({ shape, dtype, data: await runner.read(output.name) })!;
    writeFileAtomic(out, sheet);
  });
  const of =
    noise.length === 0 ? 'noise of its own' : `noise for ${noise.map(({ label }) => label.name).join(', ')}`;
  say(`${output.name}: ${count} pictures of ${of}, in ${out}`);
}

/**
 * The first output that looks like pictures and reads nothing, so that it makes them of noise of its own; else the first
 * whose inputs are rows of numbers, fewer than a picture has, which are given normally distributed noise.
 */
function pictureOutput({ model, inputs, outputs }: TypedProgram): {
  readonly output: Output;
  readonly noise: readonly LeafTensor[];
} {
  const candidates = outputs.flatMap((output) => {
    const { role, tensor } = output;
    const extents = tensor.dims.slice(1).map(({ extent }) => extent);
    if (role !== 'output' || tensor.dtype !== 'f32' || pictureShape(extents) === undefined) return [];
    const names = inputsOf(output);
    const noise = inputs.filter(
      ({ label, default: filled }) => names.includes(label.name) && filled === undefined,
    );
    const isNoise = noise.every(
      ({ dtype, dims }) => dtype === 'f32' && dims.length === 2 && dims[1]!.extent < elementCount(extents),
    );
    return isNoise ? [{ output, noise }] : [];
  });
  const found = candidates.find(({ noise }) => noise.length === 0) ?? candidates[0];
  if (found !== undefined) return found;
  throw new UsageError(
    `model ${model} has nothing to sample: no text whose vocabulary the weights know, and no output of pictures that is made of noise alone`,
  );
}
