/** Data files as people have them; skipped where the folder of real files is absent. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDataSpec } from '../../runtime/data/spec.ts';
import { readDataFile, readSafetensorsFile } from '../../src/data/tensor-files.ts';
import { realData } from '../support/real-data.ts';
import { allTypes } from './samples.ts';

const readSpecified = (text: string, preferred?: string) => readDataFile(parseDataSpec(text), preferred);

describe.skipIf(realData === undefined)('real files', () => {
  const path = (name: string): string => join(realData ?? '', name);

  test('MNIST', () => {
    const images = readSpecified(path('mnist/t10k-images-idx3-ubyte.gz')).tensor;
    const labels = readSpecified(path('mnist/t10k-labels-idx1-ubyte.gz@:5')).tensor;
    expect([images.dtype, images.shape]).toEqual(['u8', [10_000, 28, 28]]);
    expect([...labels.data]).toEqual([7, 2, 1, 0, 4]);
  });

  test.each([
    ['tabular/iris.csv#0-3', [150, 4], [5.1, 3.5]],
    ['tabular/iris.csv#4', [150], [0, 0]],
    ['tabular/iris.csv#0-3@!::5', [120, 4], [4.9, 3]],
    ['tabular/wine_data.csv#0--2', [178, 13], [14.23, 1.71]],
    ['tabular/breast_cancer.csv#-1@::5', [114], [0, 0]],
    ['tabular/diabetes_data.csv.gz', [442, 10], [0.0380759064334241, 0.0506801187398187]],
    ['tabular/diabetes_target.csv.gz', [442], [151, 75]],
    ['tabular/digits.csv.gz#0-63', [1797, 64], [0, 0]],
    ['tabular/housing.csv#-1', [506], [24, 21.6]],
    ['tabular/sonar.csv#60:labels', [208], [1, 1]],
    ['tabular/pima-indians-diabetes.csv', [768, 9], [6, 148]],
    ['tabular/banknote_authentication.csv#1-', [1372, 4], [8.6661, -2.8073]],
    ['timeseries/airline-passengers.csv#Passengers', [144], [112, 118]],
    ['timeseries/daily-min-temperatures.csv#Temp', [3650], [20.7, 17.9]],
    ['timeseries/monthly-sunspots.csv#-1', [2820], [58, 62.6]],
  ])('%s', (specification, shape, first) => {
    const { tensor } = readSpecified(path(specification));
    expect(tensor.shape).toEqual(shape);
    expect([...tensor.data.slice(0, 2)]).toEqual(first);
  });

  test('safetensors of every element type', () => {
    const { tensors, metadata } = readSafetensorsFile(path('safetensors/hf_overall.safetensors'));
    expect(metadata).toEqual(new Map([['test', 'a']]));
    const types = new Set([...tensors.values()].map((tensor) => tensor.dtype));
    expect(allTypes.filter((dtype) => !types.has(dtype))).toEqual(['bf16', 'i64', 'u64', 'bool']);
  });

  test('weights saved by PyTorch', () => {
    const { tensors } = readSafetensorsFile(path('safetensors/mnist.safetensors'));
    expect(tensors.get('fc1.weight')?.shape).toEqual([32, 11_616]);
    expect(tensors.get('norm1.num_batches_tracked')?.dtype).toBe('i64');
  });

  test('a text that is no table', () => {
    expect(() => readSpecified(path('text/tinyshakespeare.txt'))).toThrow('tinyshakespeare.txt');
    expect(() => readSpecified(path('images/china.jpg'))).toThrow('not a text table');
  });
});
