/** The page's data in, the maps that its panels ask out. */

/** @typedef {import('../views/page/data.ts').PageData} PageData */
/** @typedef {import('../views/page/data.ts').ValueData} ValueData */
/** @typedef {import('../views/page/data.ts').DispatchData} DispatchData */

/**
 * The data stands in the page as gzip in base64.
 * @returns {Promise<PageData>}
 */
export async function readData() {
  const text = document.getElementById('data')?.textContent ?? '';
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return /** @type {PageData} */ (JSON.parse(await new Response(stream).text()));
}

/** @typedef {ReturnType<typeof indexData>} Model */

/** @param {PageData} data */
export function indexData(data) {
  /** @type {Map<string, number[]>} */ const valuesAt = new Map();
  /** @type {Map<number, number[]>} */ const adjoints = new Map();
  /** @type {Map<number, number[]>} */ const absorbed = new Map();
  /** @type {Map<number, number[]>} */ const computedBy = new Map();
  /** @type {Map<number, number[]>} */ const boundBy = new Map();
  /** @type {Map<number, number[]>} */ const livesIn = new Map();
  /** @type {Map<number, number[]>} */ const readers = new Map();
  /** @type {Map<string, number>} */ const numberOf = new Map();
  /** @type {Set<number>} */ const changed = new Set();
  data.values.forEach((value, v) => {
    numberOf.set(value.name, v);
    if (value.place) add(valuesAt, `L${value.place[0]}:${value.place[1]}`, v);
    if (value.call) add(valuesAt, `L${value.call[0]}:${value.call[1]}`, v);
    for (const of of value.of) add(adjoints, of, v);
    for (const into of value.into) add(absorbed, into, v);
    for (const read of value.reads) add(readers, read, v);
  });
  data.dispatches.forEach((dispatch, k) => {
    for (const { value } of dispatch.steps) add(computedBy, value, k);
    for (const line of dispatch.code) {
      if (line.buffer !== undefined) for (const v of line.values ?? []) add(boundBy, v, k);
    }
  });
  data.buffers.forEach((buffer, b) => {
    for (const { value } of buffer.lives) add(livesIn, value, b);
  });
  for (const pass of data.passes) for (const { value } of pass.changes) changed.add(value);
  return { data, valuesAt, adjoints, absorbed, computedBy, boundBy, livesIn, readers, numberOf, changed };
}

/**
 * @template K
 * @param {Map<K, number[]>} map
 * @param {K} key
 * @param {number} item
 */
function add(map, key, item) {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else if (!list.includes(item)) list.push(item);
}
