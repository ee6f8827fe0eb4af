/** What the networks for images with answers everywhere minimise, against the papers' equations, written once more by loops. */
import { describe, expect, test } from 'vitest';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { programOf } from '../prelude/program.ts';
import type { Feeds } from '../support/execute.ts';
import { drawn } from '../support/whole-models.ts';
import { firstWeights } from './first-weights.ts';
import { bindings, networks, textOf } from './networks.ts';

type Value = (name: string) => Tensor64;

/** The values of a small network at its first weights, of numbers that are drawn but for what is given. */
function evaluated(file: string, given: Feeds = new Map()): Value {
  const network = networks.find((one) => one.file === file)!;
  const program = programOf(textOf(network), { bindings: bindings(network.reduced) });
  const graph = lower(program, { kind: 'run' });
  const feeds = new Map([...drawn(graph, network.positive), ...firstWeights(program), ...given]);
  const { values } = evaluateGraph(graph, feeds);
  const places = new Map(graph.nodes.map(({ name }, id) => [name, id] as const));
  return (name) => feeds.get(name) ?? values[places.get(name)!]!;
}

const tensor = (shape: readonly number[], values: readonly number[]): Tensor64 => ({
  shape,
  data: Float64Array.from(values),
});

/** The intersection over the union of two boxes (middle x, middle y, width, height). */
function overlap(a: readonly number[], b: readonly number[]): number {
  const along = (k: 0 | 1): number => {
    const [low, high] = [a, b].map((box) => [box[k]! - box[k + 2]! / 2, box[k]! + box[k + 2]! / 2]) as [
      number[],
      number[],
    ];
    return Math.max(0, Math.min(low[1]!, high[1]!) - Math.max(low[0]!, high[0]!));
  };
  const both = along(0) * along(1);
  return both / (a[2]! * a[3]! + b[2]! * b[3]! - both);
}

describe('YOLO', () => {
  // Two images of 2 x 2 cells; x and y in their cell, width and height in the image. Cells without an object have no box.
  const boxes = [
    [0.3, 0.6, 0.5, 0.4],
    [0, 0, 0, 0],
    [0.9, 0.2, 0.2, 0.7],
    [0.5, 0.5, 1, 1],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0.1, 0.8, 0.3, 0.3],
    [0, 0, 0, 0],
  ];
  const present = boxes.map(([, , width]) => (width! > 0 ? 1 : 0));
  const classes = [0, 0, 1, 1, 0, 0, 1, 0];
  const value = evaluated(
    'yolo',
    new Map([
      ['present', tensor([2, 2, 2], present)],
      ['box', tensor([2, 2, 2, 4], boxes.flat())],
      ['class', tensor([2, 2, 2], classes)],
    ]),
  );

  test('says equation 3 of its paper', () => {
    const p = value('p');
    expect(p.shape).toEqual([2, 2, 2, 12]);
    let loss = 0;
    for (let cell = 0; cell < 8; cell++) {
      const own = [...p.data.slice(12 * cell, 12 * cell + 12)];
      const [column, row] = [cell % 2, Math.floor(cell / 2) % 2];
      const inImage = ([x, y, w, h]: readonly number[]): readonly number[] => [
        (column + x!) / 2,
        (row + y!) / 2,
        w!,
        h!,
      ];
      const truth = boxes[cell]!;
      const said = [own.slice(0, 5), own.slice(5, 10)];
      const overlaps = said.map(([x, y, w, h]) =>
        overlap(inImage([x!, y!, w! ** 2, h! ** 2]), inImage(truth)),
      );
      const best = present[cell] === 1 ? overlaps.indexOf(Math.max(...overlaps)) : -1;
      for (const [n, [x, y, w, h, confidence]] of said.entries()) {
        if (n !== best) {
          loss += 0.5 * confidence! ** 2;
          continue;
        }
        loss += 5 * ((x! - truth[0]!) ** 2 + (y! - truth[1]!) ** 2);
        loss += 5 * ((w! - Math.sqrt(truth[2]!)) ** 2 + (h! - Math.sqrt(truth[3]!)) ** 2);
        loss += (confidence! - overlaps[n]!) ** 2;
      }
      if (present[cell] === 1)
        for (const [c, score] of own.slice(10).entries())
          loss += (score - (c === classes[cell] ? 1 : 0)) ** 2;
    }
    expect(value('loss').data[0]).toBeCloseTo(loss / 2, 9);
  });

  test('scores a class by its probability and the confidence', () => {
    const [p, found] = [value('p').data, value('score_of').data];
    for (let cell = 0; cell < 8; cell++)
      for (const n of [0, 1])
        for (const c of [0, 1])
          expect(found[4 * cell + 2 * n + c]).toBeCloseTo(
            p[12 * cell + 5 * n + 4]! * p[12 * cell + 10 + c]!,
            12,
          );
  });
});

describe.each(['unet', 'fcn8', 'segnet'])('%s', (file) => {
  const value = evaluated(file);
  const logits = value('logits');
  const classes = logits.shape.at(-1)!;
  const pixels = logits.data.length / classes;
  const rows = Array.from({ length: pixels }, (_, n) => [
    ...logits.data.slice(n * classes, (n + 1) * classes),
  ]);
  const t = value('t');

  test('minimises the mean over all pixels of -ln p of the right class', () => {
    expect(logits.shape.slice(0, -1)).toEqual(t.shape);
    const loss = rows.reduce((sum, row, n) => {
      const all = row.reduce((whole, z) => whole + Math.exp(z), 0);
      return sum + Math.log(all) - row[t.data[n]!]!;
    }, 0);
    expect(value('loss').data[0]).toBeCloseTo(loss / pixels, 9);
  });

  test('counts the pixels whose class it tells', () => {
    const right = rows.filter((row, n) => row.indexOf(Math.max(...row)) === t.data[n]);
    expect(value('accuracy').data[0]).toBeCloseTo(right.length / pixels, 9);
  });
});
