/** Where values stand in the picture of the graph in, the edges between them out. */

/** @import { Model, ValueData } from './data.js' */
import { svg } from './dom.js';

/** @typedef {{ x: number, y: number, width: number, height: number }} Rect */

/**
 * Where a value's edges end: its own node, or the closed box that hides it.
 * @typedef {Rect & { id: string, closed: boolean }} End
 */

/**
 * The width of the picture, and where the column of updates begins, if there is one.
 * @typedef {{ width: number, updates: number | undefined }} Room
 */

/**
 * @param {Model} model
 * @param {Map<number, End>} ends
 * @param {Room} room
 */
export function edges({ data }, ends, room) {
  const layer = svg('g', { class: 'edges' });
  for (const kind of ['forward', 'adjoint', 'update', 'cross']) {
    const head = svg('marker', {
      id: `head-${kind}`,
      viewBox: '0 0 6 6',
      refX: 5.5,
      refY: 3,
      markerWidth: 5.5,
      markerHeight: 5.5,
      orient: 'auto',
      class: kind,
    });
    head.append(svg('path', { d: 'M0,0 L6,3 L0,6 z' }));
    layer.append(head);
  }
  const drawn = new Set();
  for (const [v, to] of ends) {
    const value = data.values[v];
    if (value === undefined) continue;
    const reads =
      value.kind === 'update' ? value.reads.filter((r) => data.values[r]?.kind === 'adjoint') : value.reads;
    for (const read of reads) {
      const from = ends.get(read);
      const kind = edgeKind(value, data.values[read]);
      const key = `${kind} ${from?.id}>${to.id}`;
      const source = data.values[read];
      if (from === undefined || from === to || from.id === to.id || source === undefined || drawn.has(key))
        continue;
      drawn.add(key);
      // Of a closed layer the two streams say enough.
      if (kind === 'cross' && (from.closed || to.closed)) continue;
      layer.append(
        svg('path', {
          class: `edge ${kind}`,
          'marker-end': `url(#head-${kind})`,
          d: route(from, to, kind, room),
          'data-e': `v${read} v${v}`,
        }),
      );
    }
  }
  return layer;
}

/**
 * @param {ValueData} reader
 * @param {ValueData | undefined} read
 */
function edgeKind(reader, read) {
  if (reader.kind === 'update') return 'update';
  if (reader.kind !== 'adjoint') return 'forward';
  return read?.kind === 'adjoint' ? 'adjoint' : 'cross';
}

/**
 * @param {Rect} from
 * @param {Rect} to
 * @param {string} kind
 * @param {Room} room
 */
function route(from, to, kind, { width, updates = width }) {
  const middle = (/** @type {Rect} */ r) => r.y + Math.min(r.height, 28) / 2;
  const [y1, y2] = [middle(from), middle(to)];
  if (kind === 'cross' || kind === 'update') {
    const [x1, x2] = [from.x + from.width, to.x];
    if (x2 > x1) return `M${x1},${y1} C${x1 + 14},${y1} ${x2 - 14},${y2} ${x2},${y2}`;
  }
  const down = y2 > y1;
  const near = down ? to.y - (from.y + from.height) : from.y - (to.y + to.height);
  const x = Math.max(from.x, to.x) + 26;
  if (near >= 0 && near < 22) {
    return down ? `M${x},${from.y + from.height} L${x},${to.y}` : `M${x},${from.y} L${x},${to.y + to.height}`;
  }
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x + from.width, to.x + to.width)];
  // Between the columns, as long as it is there that they begin.
  const end = right < updates ? updates - 4 : width;
  const room = (kind === 'adjoint' ? end - right : left) - 2;
  // A curve goes out three quarters as far as the points that pull it.
  const bulge = Math.min(30, room / 0.75, 8 + Math.sqrt(Math.abs(y2 - y1)));
  if (kind === 'adjoint') {
    const out = right + bulge;
    return `M${from.x + from.width},${y1} C${out},${y1} ${out},${y2} ${to.x + to.width},${y2}`;
  }
  const out = left - bulge;
  return `M${from.x},${y1} C${out},${y1} ${out},${y2} ${to.x},${y2}`;
}
