/** A folder in; the four files of a small digits data set, named and laid out as MNIST's, in it. */
import { basename, join } from 'node:path';
import { writeIdx } from '../../../runtime/data/idx.ts';
import { hostTensor } from '../../../runtime/data/tensor.ts';
import { makeFolder, writeFileAtomic } from '../../terminal/files.ts';
import { type Digits, digitSize, generateDigits } from './generate.ts';

export interface DigitsRequest {
  readonly folder: string;
  readonly train?: number;
  readonly test?: number;
  readonly seed?: number;
}

export interface DigitsFiles {
  readonly trainImages: string;
  readonly trainLabels: string;
  readonly testImages: string;
  readonly testLabels: string;
}

/** Draws and writes; the test pictures come from another seed than the training ones. */
export function writeDigits({ folder, train = 6000, test = 1000, seed = 1 }: DigitsRequest): DigitsFiles {
  const files: DigitsFiles = {
    trainImages: join(folder, 'train-images-idx3-ubyte'),
    trainLabels: join(folder, 'train-labels-idx1-ubyte'),
    testImages: join(folder, 't10k-images-idx3-ubyte'),
    testLabels: join(folder, 't10k-labels-idx1-ubyte'),
  };
  makeFolder(
    folder,
    Object.values(files).map((file) => basename(file)),
  );
  writePart(files.trainImages, files.trainLabels, generateDigits(train, 2 * seed));
  writePart(files.testImages, files.testLabels, generateDigits(test, 2 * seed + 1));
  return files;
}

function writePart(images: string, labels: string, digits: Digits): void {
  const shape = [digits.count, digitSize, digitSize];
  writeFileAtomic(images, writeIdx(hostTensor('u8', shape, digits.images)));
  writeFileAtomic(labels, writeIdx(hostTensor('u8', [digits.count], digits.labels)));
}
