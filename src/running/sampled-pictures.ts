/** A model that makes pictures out of noise in; a sheet of them, out. */
import type { LeafTensor, Output, TypedProgram } from '../../compiler/check/typed.ts';
import { inputsOf } from '../../compiler/lower/index.ts';
import { elementCount } from '../../runtime/extents.ts';
import { randomStream } from '../data/random.ts';
import { checkOutputs, sourcePlaces } from '../saved/outputs.ts';
import { weightsPlaces } from '../saved/starting-weights.ts';
import { UsageError } from '../terminal/failure.ts';
import { writeFileAtomic } from '../terminal/files.ts';
import { checkPictureFile } from '../views/chart-file.ts';
import { pictureSheet } from '../views/picture-sheet.ts';
import { pictureShape } from '../views/report-data.ts';
import { checkedFor, type Sampling, withOutput } from './sampling.ts';

const usualCount = 64;

export async function samplePictures(sampling: Sampling, say: (text: string) => void): Promise<void> {
  const { first, options, parsed } = sampling;
  const { output, noise } = pictureOutput(first);
  const { out, count = usualCount, seed } = options;
  if (out === undefined) throw new UsageError(`${output.name} makes pictures: give --out FILE.png`);
  checkPictureFile('--out', out);
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
