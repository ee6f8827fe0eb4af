/** A thing on the page in, what it came from and what it became out. */

/** @import { Model } from './data.js' */

/**
 * Keys name things: `L0:12` a line of a file, `v7` a value, `k3` a dispatch, `w3:17` a line of its code,
 * `b4` a buffer.
 * @typedef {{ from: Set<string>, to: Set<string> }} Relatives
 */

/**
 * @param {Model} model
 * @param {string} key
 * @returns {Relatives}
 */
export function relativesOf(model, key) {
  /** @type {Relatives} */ const found = { from: new Set(), to: new Set() };
  const { data } = model;
  const up = (/** @type {number} */ v) => walkUp(model, v, found.from);
  const down = (/** @type {number} */ v) => walkDown(model, v, found.to);
  const [first, second] = key.slice(1).split(':').map(Number);
  const a = first ?? 0;
  switch (key[0]) {
    case 'L':
      for (const v of model.valuesAt.get(key) ?? []) down(v);
      break;
    case 'v':
      up(a);
      down(a);
      break;
    case 'k': {
      const dispatch = data.dispatches[a];
      for (const { value } of dispatch?.steps ?? []) up(value);
      dispatch?.code.forEach((_, line) => {
        found.to.add(`w${a}:${line}`);
      });
      for (const { buffer, written } of dispatch?.buffers ?? [])
        (written ? found.to : found.from).add(`b${buffer}`);
      break;
    }
    case 'w': {
      const line = data.dispatches[a]?.code[second ?? 0];
      found.from.add(`k${a}`);
      const own = (line?.values ?? []).filter((v) =>
        data.dispatches[a]?.steps.some(({ value }) => value === v),
      );
      for (const v of own.length > 0 ? own : (line?.values ?? [])) up(v);
      for (const v of line?.values ?? []) for (const b of model.livesIn.get(v) ?? []) found.to.add(`b${b}`);
      break;
    }
    case 'b': {
      const buffer = data.buffers[a];
      for (const { value } of buffer?.lives ?? []) {
        up(value);
        for (const k of model.computedBy.get(value) ?? []) found.from.add(`k${k}`);
      }
      for (const { dispatch, written } of buffer?.touches ?? []) if (!written) found.to.add(`k${dispatch}`);
      for (const { dispatch } of buffer?.touches ?? []) {
        data.dispatches[dispatch]?.code.forEach((line, n) => {
          if (line.buffer === a) found.to.add(`w${dispatch}:${n}`);
        });
      }
      break;
    }
  }
  found.from.delete(key);
  found.to.delete(key);
  for (const k of found.from) found.to.delete(k);
  return found;
}

/**
 * A value came from its line, from what it is the adjoint of, and from what was written into it.
 * @param {Model} model
 * @param {number} v
 * @param {Set<string>} out
 */
function walkUp(model, v, out) {
  const key = `v${v}`;
  if (out.has(key)) return;
  out.add(key);
  const value = model.data.values[v];
  if (value?.place) out.add(`L${value.place[0]}:${value.place[1]}`);
  if (value?.call) out.add(`L${value.call[0]}:${value.call[1]}`);
  for (const of of value?.of ?? []) walkUp(model, of, out);
  for (const part of model.absorbed.get(v) ?? []) walkUp(model, part, out);
}

/**
 * A value became its adjoints, what it was written into, kernels with lines of code, and what buffers hold.
 * @param {Model} model
 * @param {number} v
 * @param {Set<string>} out
 */
function walkDown(model, v, out) {
  const key = `v${v}`;
  if (out.has(key)) return;
  out.add(key);
  for (const adjoint of model.adjoints.get(v) ?? []) walkDown(model, adjoint, out);
  for (const target of model.data.values[v]?.into ?? []) walkDown(model, target, out);
  for (const b of model.livesIn.get(v) ?? []) out.add(`b${b}`);
  const computed = model.computedBy.get(v);
  for (const k of computed ?? model.boundBy.get(v) ?? []) {
    if (computed !== undefined) out.add(`k${k}`);
    model.data.dispatches[k]?.code.forEach((line, n) => {
      if (line.values?.includes(v) === true) out.add(`w${k}:${n}`);
    });
  }
}

/**
 * The panels that show a thing.
 * @param {Model} model
 * @param {string} key
 * @returns {readonly string[]}
 */
export function panelsOf(model, key) {
  switch (key[0]) {
    case 'L':
      return ['source', 'types'];
    case 'v': {
      const v = Number(key.slice(1));
      const { kind, stays } = model.data.values[v] ?? {};
      const list = kind !== 'adjoint' ? ['equations'] : stays ? ['backward'] : [];
      return [
        ...(stays ? ['graph'] : []),
        ...list,
        ...(model.changed.has(v) ? ['passes'] : []),
        ...(model.computedBy.has(v) ? ['kernels'] : []),
      ];
    }
    case 'k':
      return ['kernels', 'code', 'memory'];
    case 'w':
      return ['code'];
    default:
      return ['memory'];
  }
}
