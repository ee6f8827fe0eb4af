/** Scans over a cell, a layer with weights, and what reads the ends of a sequence. */
import { array, countOf, element, positionsOf, without } from './arrays.ts';
import { drawn, fresh, type Known, know, type Motif, ofRank, ofShape, readAt } from './written-scope.ts';

/** A layer with weights that is applied at each position, to what it gave before. */
const cell: Motif = (scope) => {
  const { random, definitions, lines, feeds, extents } = scope;
  const x = ofRank(scope, 3);
  const [B, T, I] = x.value.shape as readonly [number, number, number];
  const timeFirst = random.chance(0.3);
  const [batch, steps] = timeFirst ? [T, B] : [B, T];
  const units = random.pick(extents);
  const name = fresh(scope, 'C');
  const instance = `${name.toLowerCase()}_cell`;
  const W = drawn(scope, [units, I]);
  const U = drawn(scope, [units, units]);
  definitions.push(`layer ${name}(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
  param W: f32[units, I] init zeros
  param U: f32[units, units] init zeros
  return y[b, o] = tanh(sum[i] W[o, i] * x[b, i] + 0.5 * (sum[k] U[o, k] * h[b, k]))
}`);
  lines.push(`${instance} = ${name}(${units})`);
  feeds.set(`${instance}.W`, W);
  feeds.set(`${instance}.U`, U);
  const forward = random.chance(0.6);
  const start: Known | undefined = random.chance(0.4) ? ofShape(scope, [batch, units]) : undefined;
  const out = `${name.toLowerCase()}_h`;
  const at = (t: string): string => (timeFirst ? `${t}, :` : `:, ${t}`);
  lines.push(
    `scan t: ${steps} {\n    ${out}[${at('t')}] = ${instance}(${x.name}[${at('t')}], (${out}[${at(forward ? 't - 1' : 't + 1')}] else ${start?.name ?? '0'}))\n  }`,
  );
  const shape = timeFirst ? [steps, batch, units] : [batch, steps, units];
  const data = new Float64Array(countOf(shape));
  const value = { shape, data };
  const place = (b: number, t: number, last: number): readonly number[] =>
    timeFirst ? [t, b, last] : [b, t, last];
  let before = array([batch, units], (p) => (start ? readAt(start, p) : 0));
  for (let s = 0; s < steps; s++) {
    const t = forward ? s : steps - 1 - s;
    const last = before;
    before = array([batch, units], ([b, o]) => {
      let sum = 0;
      for (let i = 0; i < I; i++) sum += element(W, [o!, i]) * readAt(x, place(b!, t, i));
      let more = 0;
      for (let k = 0; k < units; k++) more += element(U, [o!, k]) * element(last, [b!, k]);
      return Math.tanh(sum + 0.5 * more);
    });
    for (const [b, o] of positionsOf([batch, units])) {
      const offset = place(b!, t, o!).reduce((flat, p, k) => flat * shape[k]! + p, 0);
      data[offset] = element(before, [b!, o!]);
    }
  }
  know(scope, out, value);
};

/** The last or the first position of what a recurrence made, as a reader takes it. */
const ends: Motif = (scope) => {
  const { random, lines } = scope;
  const of = ofRank(scope, 2, 3);
  const { shape } = of.value;
  const axis = random.integer(0, shape.length - 1);
  const last = random.chance(0.7);
  const name = `n${lines.length}`;
  const text = shape.map((_, k) => (k === axis ? (last ? '-1' : '0') : ':')).join(', ');
  lines.push(`${name} = ${of.name}[${text}]`);
  const value = array(without(shape, axis), (p) =>
    readAt(of, [...p.slice(0, axis), last ? shape[axis]! - 1 : 0, ...p.slice(axis)]),
  );
  know(scope, name, value);
};

export const cells: readonly Motif[] = [cell, ends];
