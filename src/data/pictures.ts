/**
 * Pictures in: a PNG file, or all of a folder, to rows of a model's input. A grey picture has one channel, another
 * three; where the input has room for only one or three of them, that many are made. Channels come first, as the
 * layers take them, unless the input's last dimension is the channels.
 */
import fs from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import type { LeafTensor } from '../../compiler/check/typed.ts';
import { type DataSpec, rowNumbers } from '../../runtime/data/spec.ts';
import { type HostTensor, hostTensor } from '../../runtime/data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import { elementCount } from '../../runtime/extents.ts';
import { readingFailed } from '../terminal/file-failures.ts';
import { isFolder, readBytes } from '../terminal/files.ts';

export interface Pictures {
  readonly tensor: HostTensor;
  /** A file for each row. */
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** A picture is told by its name: `seven.png`, `folder/*.png`, or a folder. */
export const isPictures = (file: string): boolean => /\.png$/i.test(file) || isFolder(file);

/** A larger one is taken for a mistake. */
const mostPixels = 2 ** 26;

/** A selection of rows chooses among the files. */
export function readPictures({ path: pattern, selection, rows }: DataSpec, input: LeafTensor): Pictures {
  if (selection !== undefined)
    throw new DataError(`${pattern}#${selection}: pictures have no parts to select`);
  const all = filesOf(pattern);
  const files = rows === undefined ? all : rowNumbers(rows, all.length).map((row) => all[row]!);
  if (files.length === 0)
    throw new DataError(`${pattern}: the slice leaves none of the ${all.length} pictures`);
  const pictures = files.map(readPicture);
  const [{ width, height }] = pictures as [Picture, ...Picture[]];
  const other = pictures.findIndex((picture) => picture.width !== width || picture.height !== height);
  if (other >= 0) {
    throw new DataError(
      `pictures of one input have one size: ${files[0]} has ${width}x${height} pixels, ` +
        `${files[other]} ${pictures[other]!.width}x${pictures[other]!.height}`,
    );
  }
  const plane = width * height;
  const found = pictures.every(isGrey) ? 1 : 3;
  const channels = channelsOf(input, plane) ?? found;
  const last = channelsAreLast(input, channels);
  const size = channels * plane;
  const data = new Uint8Array(pictures.length * size);
  pictures.forEach((picture, row) => {
    for (const [k, value] of planesOf(picture, channels).entries()) {
      const at = last ? (k % plane) * channels + Math.floor(k / plane) : k;
      data[row * size + at] = value;
    }
  });
  const axis = channels === 1 && input.dims.length < 4 ? [] : [channels];
  const shape = [pictures.length, ...(last ? [height, width, ...axis] : [...axis, height, width])];
  const notes =
    found > channels ? [`${pattern}: colours are made grey, as ${input.label.name} has one channel`] : [];
  return { tensor: hostTensor('u8', shape, data), files, notes };
}

/** The files that a name stands for, in the order of the numbers and words in their names. */
function filesOf(pattern: string): readonly string[] {
  if (!path.basename(pattern).includes('*')) {
    return isFolder(pattern) ? filesOf(path.join(pattern, '*.png')) : [pattern];
  }
  const folder = path.dirname(pattern);
  const parts = path.basename(pattern).split('*');
  const matches = new RegExp(
    `^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`,
  );
  const names = namesIn(folder).filter((name) => matches.test(name) && !name.startsWith('.'));
  if (names.length === 0) throw new DataError(`${pattern}: no file is called so in ${folder}`);
  const order = new Intl.Collator('en', { numeric: true });
  return names.sort(order.compare).map((name) => path.join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    throw new DataError(readingFailed(folder, error));
  }
}

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha. */
  readonly data: Uint8Array;
}

function readPicture(file: string): Picture {
  const bytes = readBytes(file);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isPng = bytes.length > 24 && header.getUint32(0) === 0x89504e47;
  if (!isPng) throw new DataError(`${file} is no PNG picture`);
  if (header.getUint32(16) * header.getUint32(20) > mostPixels) {
    throw new DataError(
      `${file} says that it has ${header.getUint32(16)}x${header.getUint32(20)} pixels; at most ${mostPixels} are read`,
    );
  }
  try {
    return onWhite(PNG.sync.read(Buffer.from(bytes)));
  } catch (error) {
    throw new DataError(
      `${file}: not a readable PNG picture (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** What is seen through is white. */
function onWhite({ width, height, data }: Picture): Picture {
  const seen = data.map((value, at) => {
    const alpha = data[at - (at % 4) + 3]! / 255;
    return at % 4 === 3 ? 255 : Math.round(alpha * value + (1 - alpha) * 255);
  });
  return { width, height, data: seen };
}

const isGrey = ({ data }: Picture): boolean => {
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
};

/** How many channels the input has, where its size or its shape tells. */
function channelsOf({ dims }: LeafTensor, plane: number): 1 | 3 | undefined {
  const extents = dims.map(({ extent }) => extent);
  const sizes = [elementCount(extents.slice(1)), elementCount(extents)];
  if (sizes.includes(plane)) return 1;
  if (sizes.includes(3 * plane)) return 3;
  const axes = extents.length === 4 ? [extents[1], extents[3]] : [];
  return axes.includes(3) ? 3 : axes.includes(1) ? 1 : undefined;
}

/** Channels come first unless only the last dimension is as long as they are many. */
const channelsAreLast = ({ dims }: LeafTensor, channels: number): boolean =>
  dims.length >= 3 && dims.at(-1)!.extent === channels && dims.at(-3)!.extent !== channels;

/** Channel by channel; grey is the luminance of the colours (ITU-R BT.601). */
function planesOf({ width, height, data }: Picture, channels: 1 | 3): Uint8Array {
  const plane = width * height;
  return Uint8Array.from({ length: channels * plane }, (_, k) => {
    const at = 4 * (k % plane);
    if (channels === 3) return data[at + Math.floor(k / plane)]!;
    return Math.round(0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!);
  });
}
