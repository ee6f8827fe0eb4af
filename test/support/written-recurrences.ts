/**
 * Statements that read themselves, scans, with their values from plain loops: forward and backward, one and
 * two positions back, starts that are numbers, tensors or reads, products, flips, neighbours and histories.
 */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { countOf, element, positionsOf, replaced, without } from './arrays.ts';
import {
  fresh,
  know,
  letters,
  type Motif,
  ofRank,
  ofShape,
  readAt,
  readText,
  type Scope,
  shuffled,
  squash,
} from './written-scope.ts';

type At = readonly number[];

/** What is added up: its text, and its value from what is known of the members so far. */
interface Term {
  readonly text: string;
  readonly at: (position: At) => number;
}

/** Axes that all members have, one of which is the sequential one. */
interface Frame {
  readonly shape: readonly number[];
  readonly names: readonly string[];
  readonly t: number;
  readonly forward: boolean;
}

interface Member {
  readonly name: string;
  /** The axes of the frame in the order in which the member has them. */
  readonly order: readonly number[];
  readonly value: Tensor64;
}

function frameOf({ random }: Scope, shape: readonly number[]): Frame {
  const t = random.integer(0, shape.length - 1);
  const names = shape.map((_, k) => (k === t ? 't' : letters[k]!));
  return { shape, names, t, forward: random.chance(0.6) };
}

const memberText = ({ name, order }: Member, at: readonly string[]): string =>
  `${name}[${order.map((axis) => at[axis]).join(', ')}]`;

const memberAt = ({ order, value }: Member, position: At): number =>
  element(
    value,
    order.map((axis) => position[axis]!),
  );

/** What stands before the first position: a number, a tensor, or another read. */
function startOf(scope: Scope, { shape, names, t }: Frame): Term {
  const { random } = scope;
  const kind = random.pick(['number', 'number', 'tensor', 'read'] as const);
  if (kind === 'number') {
    const number = random.pick([0, 0.5]);
    return { text: `${number}`, at: () => number };
  }
  if (kind === 'tensor') {
    const h = ofShape(scope, without(shape, t));
    return { text: readText(h, without(names, t)), at: (p) => readAt(h, without(p, t)) };
  }
  const x = ofShape(scope, shape);
  const at = random.integer(0, shape[t]! - 1);
  return {
    text: `cos(${readText(x, replaced(names, t, `${at}`))})`,
    at: (p) => Math.cos(readAt(x, replaced(p, t, at))),
  };
}

/** A read of a member at another position of `t`, elsewhere too on the other axes. */
function earlier(scope: Scope, frame: Frame, of: Member): Term {
  const { random } = scope;
  const { shape, names, t, forward } = frame;
  const distance = random.pick([1, 1, 2]);
  const by = forward ? -distance : distance;
  const moved = `t ${forward ? '-' : '+'} ${distance}`;
  const start = startOf(scope, frame);
  const isInside = (p: At): boolean => p[t]! + by >= 0 && p[t]! + by < shape[t]!;
  const other = shape.findIndex((_, k) => k !== t);
  const kind = random.pick([
    'plain',
    'plain',
    'branch',
    'flipped',
    'neighbour',
    'product',
    'product',
  ] as const);
  const read = (at: readonly string[]): string => memberText(of, replaced(at, t, moved));
  const value = (p: At): number => memberAt(of, replaced(p, t, p[t]! + by));
  const plain: Term = {
    text: `(${read(names)} else ${start.text})`,
    at: (p) => (isInside(p) ? value(p) : start.at(p)),
  };
  if (kind === 'plain' || (other < 0 && kind !== 'branch')) return plain;
  if (kind === 'branch') {
    const outside = forward ? `t < ${distance}` : `t >= ${shape[t]! - distance}`;
    return { ...plain, text: `(if ${outside} then ${start.text} else ${read(names)})` };
  }
  const n = shape[other]!;
  const index = names[other]!;
  if (kind === 'flipped') {
    const flip = (p: At): At => replaced(p, other, n - 1 - p[other]!);
    return {
      text: `(${read(replaced(names, other, `${n - 1} - ${index}`))} else ${start.text})`,
      at: (p) => (isInside(p) ? value(flip(p)) : start.at(p)),
    };
  }
  if (kind === 'neighbour')
    return {
      text: `(${read(replaced(names, other, `${index} - 1`))} else ${start.text})`,
      at: (p) => (isInside(p) && p[other]! > 0 ? value(replaced(p, other, p[other]! - 1)) : start.at(p)),
    };
  const weights = ofShape(scope, [n, n]);
  return {
    text: `0.5 * (sum[q: ${n}] ${weights.name}[${index}, q] * (${read(replaced(names, other, 'q'))} else 0.5))`,
    at: (p) => {
      let sum = 0;
      for (let q = 0; q < n; q++)
        sum += readAt(weights, [p[other]!, q]) * (isInside(p) ? value(replaced(p, other, q)) : 0.5);
      return 0.5 * sum;
    },
  };
}

/** A sum over all earlier positions. */
function history({ random }: Scope, { shape, names, t, forward }: Frame, of: Member): Term {
  const by = random.pick(['sum', 'mean'] as const);
  const earlierOnes = (p: At): readonly number[] =>
    Array.from({ length: shape[t]! }, (_, m) => m).filter((m) => (forward ? m < p[t]! : m > p[t]!));
  return {
    text: `(${by}[m: ${shape[t]} where m ${forward ? '<' : '>'} t] ${memberText(of, replaced(names, t, 'm'))})`,
    at: (p) => {
      const all = earlierOnes(p).map((m) => memberAt(of, replaced(p, t, m)));
      return all.reduce((a, b) => a + b, 0) / (by === 'mean' ? Math.max(1, all.length) : 1);
    },
  };
}

function termOf(scope: Scope, frame: Frame, members: readonly Member[], above: readonly Member[]): Term {
  const { random } = scope;
  const kind = random.pick(['earlier', 'earlier', 'history', 'here', 'input'] as const);
  if (kind === 'earlier') return earlier(scope, frame, random.pick(members));
  if (kind === 'history') return history(scope, frame, random.pick(members));
  if (kind === 'here' && above.length > 0) {
    const one = random.pick(above);
    return { text: memberText(one, frame.names), at: (p) => memberAt(one, p) };
  }
  const x = ofShape(scope, frame.shape);
  return { text: readText(x, frame.names), at: (p) => readAt(x, p) };
}

const emptyMember = (scope: Scope, name: string, { shape }: Frame, keep: boolean): Member => {
  const axes = [...shape.keys()];
  const order = keep ? axes : shuffled(scope, axes);
  const of = order.map((axis) => shape[axis]!);
  return { name, order, value: { shape: of, data: new Float64Array(countOf(of)).fill(Number.NaN) } };
};

/** Fills the members position by position; all elements of one position of one member are independent. */
function fill(
  { shape, t, forward }: Frame,
  members: readonly { readonly member: Member; readonly at: (position: At) => number }[],
): void {
  const steps = Array.from({ length: shape[t]! }, (_, k) => (forward ? k : shape[t]! - 1 - k));
  for (const step of steps) {
    for (const { member, at } of members) {
      const { order, value } = member;
      for (const position of positionsOf(replaced(shape, t, 1))) {
        const p = replaced(position, t, step);
        const offset = order.reduce((flat, axis) => flat * shape[axis]! + p[axis]!, 0);
        value.data[offset] = at(p);
      }
    }
  }
}

interface Written {
  readonly line: string;
  readonly member: Member;
  readonly at: (position: At) => number;
}

function bodyOf(
  scope: Scope,
  frame: Frame,
  member: Member,
  members: readonly Member[],
  inScan: boolean,
): Written {
  const above = members.slice(0, members.indexOf(member));
  const x = ofShape(scope, frame.shape);
  const terms: Term[] = [
    { text: readText(x, frame.names), at: (p) => readAt(x, p) },
    members.length === 1 ? earlier(scope, frame, member) : termOf(scope, frame, members, above),
    ...(scope.random.chance(0.5) ? [termOf(scope, frame, members, above)] : []),
  ];
  const [fn, f] = squash(scope);
  const binders = frame.names.map((name, k) =>
    inScan && k === frame.t ? name : `${name}: ${frame.shape[k]}`,
  );
  const left = `${member.name}[${member.order.map((axis) => binders[axis]).join(', ')}]`;
  return {
    line: `${left} = ${fn}(${terms.map(({ text }, k) => (k === 0 ? text : `0.8 * ${text}`)).join(' + ')})`,
    member,
    at: (p) => f(terms.reduce((sum, term, k) => sum + (k === 0 ? 1 : 0.8) * term.at(p), 0)),
  };
}

const selfReading: Motif = (scope) => {
  const { value } = ofRank(scope, 1, 3);
  const frame = frameOf(scope, value.shape);
  const member = emptyMember(scope, fresh(scope, 's'), frame, scope.random.chance(0.6));
  const written = bodyOf(scope, frame, member, [member], false);
  scope.lines.push(written.line);
  fill(frame, [written]);
  know(scope, member.name, member.value);
};

const scanned: Motif = (scope) => {
  const { random, lines } = scope;
  const { value } = ofRank(scope, 1, 3);
  const frame = frameOf(scope, value.shape);
  const base = fresh(scope, 'z');
  const members = Array.from({ length: random.integer(1, 3) }, (_, k) =>
    emptyMember(scope, `${base}_${k}`, frame, random.chance(0.6)),
  );
  const written = members.map((member) => bodyOf(scope, frame, member, members, true));
  const texts = shuffled(scope, written).map(({ line }) => `    ${line}`);
  lines.push(`scan t: ${frame.shape[frame.t]} {\n${texts.join('\n')}\n  }`);
  fill(frame, written);
  for (const { name, value } of members) know(scope, name, value);
};

export const recurrences: readonly Motif[] = [selfReading, selfReading, selfReading, scanned, scanned];
