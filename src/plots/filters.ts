/** A trained model in, the rows of its first weights that look like pictures as a sheet out. */
import { elementCount } from '../../runtime/extents.ts';
import { UsageError } from '../terminal/failure.ts';
import { pictureSheet } from '../views/picture-sheet.ts';
import { pictureShape } from '../views/report-data.ts';
import type { Opened } from './opened.ts';

/** Small filters of a convolution, or rows as long as the samples of an input that look like pictures. */
export async function filterSheet({ program, session }: Opened): Promise<Uint8Array> {
  const samples = program.inputs.map(({ dims }) => dims.slice(1).map(({ extent }) => extent));
  for (const { path, tensor } of program.parameters) {
    const shape = tensor.dims.map(({ extent }) => extent);
    const [rows, columns] = shape;
    const sample = samples.find((one) => shape.length === 2 && elementCount(one) === columns);
    const each =
      shape.length === 4
        ? pictureShape(columns === 3 ? shape.slice(1) : shape.slice(2))
        : sample && pictureShape(sample);
    if (each === undefined) continue;
    const { channels, height, width } = each;
    const { data } = await session.get(path);
    // Of filters over many channels, each channel is a picture.
    const count = elementCount(shape) / (channels * height * width);
    const sheet = {
      dtype: 'f32',
      shape: [shape.length === 4 ? count : rows!, channels, height, width],
      data: Float32Array.from(data, Number),
    } as const;
    return pictureSheet(sheet, 'signed')!;
  }
  throw new UsageError(`model ${program.model} has no weights that look like pictures`);
}
