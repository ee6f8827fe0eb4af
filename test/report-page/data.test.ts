import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { overEpochs } from '../../src/views/chart.ts';
import { histogramChart } from '../../src/views/histogram-chart.ts';
import { lineChart } from '../../src/views/line-chart.ts';
import { plotText } from '../../src/views/plot-text.ts';
import { pngUri } from '../../src/views/png.ts';
import { classify, confusionOf, pictureShape, summaryOf } from '../../src/views/report-data.ts';

test('a summary has the norm, the ends and where the numbers are', () => {
  const { norm, least, most, histogram } = summaryOf(3, [3, -4, 0, 0]);
  expect([norm, least, most]).toEqual([5, -4, 3]);
  expect(histogram.reduce((sum, n) => sum + n, 0)).toBeCloseTo(1, 12);
  expect([histogram[0], histogram.at(-1)]).toEqual([0.25, 0.25]);
  expect(summaryOf(0, [7, 7]).histogram[0]).toBe(1);
});

test.each([
  [[784], { width: 28, height: 28, channels: 1 }],
  [[3072], { width: 32, height: 32, channels: 3 }],
  [[8, 6], { width: 6, height: 8, channels: 1 }],
  [[3, 8, 6], { width: 6, height: 8, channels: 3 }],
  [[4], undefined],
  [[13], undefined],
  [[2, 8, 6], undefined],
])('%j as a picture', (shape, expected) => {
  expect(pictureShape(shape)).toEqual(expected);
});

describe('classes', () => {
  test('probabilities stay, scores become them', () => {
    const { predicted, probabilities } = classify([0.2, 0.8, 0, 3], [0, 1], 2);
    expect(predicted).toEqual([1, 1]);
    expect(probabilities[0]).toBe(0.2);
    expect(probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
  });

  test('a row is what it is, a column what is said', () => {
    expect(confusionOf([0, 0, 1, 2], [0, 1, 1, 0], 3)).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });
});

describe('axes over epochs', () => {
  const curve = (...ys: readonly number[]) => [{ name: 'training', points: ys.map((y, x) => ({ x, y })) }];
  /** What stands beside the vertical axis, from below. */
  const ticksOf = async (...ys: readonly number[]): Promise<readonly string[]> => {
    const svg = await lineChart(overEpochs('loss', 'loss', curve(...ys)));
    const axis = /aria-label="y-axis tick label"[^>]*>(.*?)<\/g>/.exec(svg)![1]!;
    return [...axis.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);
  };

  test('are linear, with round numbers', async () => {
    expect(await ticksOf(0, 1)).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1']);
    expect(await ticksOf(-3, 12)).toEqual(['0', '5', '10']);
  });

  test('are logarithmic where the values shrink by orders of magnitude', async () => {
    expect(await ticksOf(30, 0.02)).toEqual(['0.01', '0.1', '1', '10', '100']);
    expect(await ticksOf(1e-20, 1)).toEqual(['1e-20', '1e-17', '1e-14', '1e-11', '1e-8', '1e-5', '0.01']);
    expect(await ticksOf(30, 0)).not.toContain('0.1');
  });

  test.each([2, 0, -3])('what stays %d stands in the middle', async (value) => {
    const svg = await lineChart(overEpochs('loss', 'loss', curve(value, value)));
    expect(svg).not.toContain('NaN');
    expect(await ticksOf(value, value)).toContain(String(value));
  });
});

test('curves with numbers that are not finite draw the others', async () => {
  const points = [1, Number.NaN, 3].map((y, x) => ({ x, y }));
  const drawn = await lineChart(overEpochs('loss', 'loss', [{ name: 'a < b', points }]));
  expect(drawn).toContain('a &lt; b');
  expect(drawn).not.toContain('NaN');
});

test('a tensor whose numbers are all the same has a histogram', async () => {
  const drawn = await histogramChart('b', [summaryOf(0, [0, 0]), summaryOf(1, [1, -1])], 'weights');
  expect(drawn).toContain('data:image/png');
  expect(drawn).not.toContain('NaN');
});

test('numbers in a narrow range, beside a wide one, are still there', async () => {
  const drawn = await histogramChart('g', [summaryOf(0, [-1, 1]), summaryOf(1, [1e-9, 2e-9])], 'gradients');
  const bytes = Buffer.from(/base64,([^"]+)"/.exec(drawn)![1]!, 'base64');
  const start = bytes.indexOf('IDAT') + 4;
  const data = inflateSync(bytes.subarray(start, start + bytes.readUInt32BE(start - 8)));
  // Rows of a filter byte and two pixels of four: the alpha of the second.
  const alphas = Array.from({ length: 60 }, (_, row) => data[row * 9 + 8]!);
  expect(alphas.filter((alpha) => alpha > 0)).toEqual([255]);
});

test('a plot has its ends and the highest point at the top', () => {
  const points = [
    { x: 0, y: 2 },
    { x: 4, y: 1 },
  ];
  const lines = plotText(overEpochs('loss', 'loss', [{ name: 'training', points }])).split('\n');
  expect(lines[0]).toBe('loss: training');
  expect(lines[1]).toMatch(/^2\.000 │[^⠀]/);
  expect(lines[12]).toMatch(/^1\.000 │.*[^⠀]$/);
  expect(lines[14]).toMatch(/0 +epoch 4$/);
});

test('a PNG holds its pixels', () => {
  const bytes = Buffer.from(pngUri(2, 1, (x) => [x, 0, 0, 1]).split(',')[1]!, 'base64');
  expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
  expect(bytes.readUInt32BE(16)).toBe(2);
  const start = bytes.indexOf('IDAT') + 4;
  const data = inflateSync(bytes.subarray(start, start + bytes.readUInt32BE(start - 8)));
  expect([...data]).toEqual([0, 0, 0, 0, 255, 255, 0, 0, 255]);
});
