/**
 * A piece of work in, how many operations it took out: elements that arrays, maps and sets were asked for or went
 * through. Times differ from machine to machine; this number does not, and grows as the work does.
 *
 * The methods of the built-in collections are counted while the work runs, so nothing in the compiler has to know
 * of it. Work beyond `most` is stopped: what is exponential would not end.
 */
type Method = (this: object, ...rest: readonly unknown[]) => unknown;
type Size = (collection: object) => number;

export class TooManyOperations extends Error {}

const once: Size = () => 1;
const each: Size = (collection) => {
  if (Array.isArray(collection)) return collection.length;
  return collection instanceof Map || collection instanceof Set ? collection.size : 1;
};

const counted: readonly (readonly [object, readonly (string | symbol)[], Size])[] = [
  [Array.prototype, ['push', 'pop', 'at'], once],
  [
    Array.prototype,
    [
      ...['map', 'flatMap', 'forEach', 'filter', 'find', 'findIndex', 'some', 'every', 'includes', 'indexOf'],
      ...['reduce', 'slice', 'concat', 'join', 'sort', 'entries', 'keys', 'values', Symbol.iterator],
    ],
    each,
  ],
  [Map.prototype, ['get', 'set', 'has'], once],
  [Map.prototype, ['forEach', 'entries', 'keys', 'values', Symbol.iterator], each],
  [Set.prototype, ['add', 'has'], once],
  [Set.prototype, ['forEach', 'entries', 'keys', 'values', Symbol.iterator], each],
];

export function countOperations(work: () => unknown, most = Number.POSITIVE_INFINITY): number {
  let operations = 0;
  // What was made while the work ran can keep a counting method.
  let isRunning = true;
  // Made before: an error asks maps for its source lines.
  const stop = new TooManyOperations(`more than ${most} operations`);
  const count = (by: number): void => {
    operations += by;
    if (isRunning && operations > most) throw stop;
  };
  const restore: (() => void)[] = [];
  for (const [prototype, names, size] of counted) {
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
      const original: Method = descriptor.value;
      const value: Method = function (...rest) {
        count(size(this));
        return Reflect.apply(original, this, rest);
      };
      Object.defineProperty(prototype, name, { ...descriptor, value });
      restore.push(() => Object.defineProperty(prototype, name, descriptor));
    }
  }
  try {
    work();
  } finally {
    isRunning = false;
    for (const undo of restore) undo();
  }
  return operations;
}
