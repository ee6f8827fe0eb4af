/**
 * The values of a program in, a tree of layers out, with passes of a `repeat` that are alike in a box of their own; and what
 * stands beside each value.
 */

/** @import { PageData, Model } from './data.js' */
import { runsOf, runTitle, uncounted } from './runs.js';

/**
 * @typedef {{ title: string, name: string, key: string }} Box
 * @typedef {{ box: Box } | { value: number }} Item
 */

/**
 * Rows by layer; each adjoint beside what it is the adjoint of, each update beside its parameter.
 * @param {Model} model
 */
export function treeOf(model) {
  const { data } = model;
  /** @type {Map<string, { items: Item[] }>} */ const boxes = new Map();
  /** @type {Item[]} */ const top = [];
  /** @type {Map<number, number[]>} */ const adjoints = new Map();
  /** @type {Map<number, { title: string, values: number[] }>} */ const updates = new Map();
  /** @type {Map<number, string[]>} */ const within = new Map();
  const alive = new Set([...model.computedBy.keys(), ...model.livesIn.keys()]);
  data.values.forEach((value, v) => {
    const { training } = value;
    if (value.kind === 'scalar' || value.kind === 'adjoint') return;
    if (training !== undefined) {
      const { by = '', parameter } = training;
      if (parameter === undefined) return;
      const known = updates.get(parameter) ?? { title: by, values: [] };
      updates.set(parameter, { ...known, values: [...known.values, v] });
      return;
    }
    if (value.math !== undefined && !alive.has(v) && value.into.length === 0) return;
    let items = top;
    let key = '';
    const steps = value.path.slice(1);
    /** @type {string[]} */ const inside = [];
    steps.forEach(({ title, name }) => {
      key += `/${title}`;
      let box = boxes.get(key);
      if (box === undefined) {
        box = { items: [] };
        boxes.set(key, box);
        items.push({ box: { title, name, key } });
      }
      inside.push(key);
      items = box.items;
    });
    // In a layer the parameters come first.
    const leaves =
      value.math === undefined && steps.length > 0 ? items.findIndex((item) => !isLeaf(data, item)) : -1;
    if (leaves >= 0) items.splice(leaves, 0, { value: v });
    else items.push({ value: v });
    within.set(v, inside);
  });
  const runs = foldRuns({ data, boxes, top, within });
  data.values.forEach((value, v) => {
    if (value.kind !== 'adjoint' || (!alive.has(v) && value.into.length === 0)) return;
    const row = value.of.findLast((of) => within.has(of)) ?? value.of[0];
    if (row === undefined) return;
    adjoints.set(row, [...(adjoints.get(row) ?? []), v]);
    within.set(v, within.get(row) ?? []);
  });
  for (const [parameter, { values }] of updates)
    for (const v of values) within.set(v, within.get(parameter) ?? []);
  return { boxes, top, adjoints, updates, within, runs };
}

/**
 * Puts passes that are alike into a box of their own; the keys of these boxes.
 * @param {{ data: PageData, boxes: Map<string, { items: Item[] }>, top: Item[], within: Map<number, string[]> }} tree
 */
function foldRuns({ data, boxes, top, within }) {
  /** @type {Set<string>} */ const runs = new Set();
  /** @type {(item: Item) => string} */
  const nameOf = (item) => ('box' in item ? item.box.title : (data.values[item.value]?.label ?? ''));
  /** @type {(item: Item) => readonly Item[]} */
  const insideOf = (item) => ('box' in item ? (boxes.get(item.box.key)?.items ?? []) : []);
  /** @type {(item: Item) => string} */
  const kindOf = (item) =>
    'box' in item
      ? `${uncounted(nameOf(item))}{${insideOf(item).map(kindOf).join(' ')}}`
      : `${uncounted(nameOf(item))}: ${data.values[item.value]?.type}`;
  /** @type {(item: Item, key: string) => void} */
  const putWithin = (item, key) => {
    if ('value' in item) within.get(item.value)?.push(key);
    else for (const inner of insideOf(item)) putWithin(inner, key);
  };
  for (const items of [top, ...[...boxes.values()].map((box) => box.items)]) {
    const folded = runsOf(items, kindOf).flatMap(({ items: all, pass, times }) => {
      const boxed = all.filter((item) => 'box' in item);
      const [first, last] = [boxed[0], boxed.at(-1)];
      if (times === 1 || first === undefined || last === undefined) return all;
      const title = runTitle(first.box.name, last.box.name, times);
      const key = `/run ${pass}${first.box.key}`;
      boxes.set(key, { items: all });
      runs.add(key);
      for (const item of all) putWithin(item, key);
      return [{ box: { title, name: title, key } }];
    });
    items.splice(0, items.length, ...folded);
  }
  return runs;
}

/**
 * @param {PageData} data
 * @param {Item} item
 */
const isLeaf = (data, item) => 'value' in item && data.values[item.value]?.math === undefined;
