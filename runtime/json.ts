/** Parsed JSON comes in, checked values go out: small readers that name the field that is wrong. */
import { DataError } from './errors.ts';

export const bad = (at: string, problem: string): DataError =>
  new DataError(`not a valid program: ${at} ${problem}`);

export const shown = (value: unknown): string => (JSON.stringify(value) ?? 'missing').slice(0, 60);

export function record(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(at, `is ${shown(value)}; expected an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

export function list<T>(value: unknown, at: string, read: (item: unknown, at: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw bad(at, `is ${shown(value)}; expected a list`);
  return value.map((item: unknown, i) => read(item, `${at}[${i}]`));
}

export function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw bad(at, `is ${shown(value)}; expected a text`);
  return value;
}

export function boolean(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw bad(at, `is ${shown(value)}; expected true or false`);
  return value;
}

export function integer(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw bad(at, `is ${shown(value)}; expected a whole number`);
  }
  return value;
}

export function finite(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw bad(at, `is ${shown(value)}; expected a number`);
  return value;
}

export function natural(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw bad(at, `is ${shown(value)}; expected a whole number, 0 or more`);
  }
  return value;
}

export function literal<const T extends string>(value: unknown, allowed: readonly T[], at: string): T {
  const found = allowed.find((option) => option === value);
  if (found === undefined) throw bad(at, `is ${shown(value)}; expected ${allowed.join(', ')}`);
  return found;
}

export function triple(value: unknown, at: string): readonly [number, number, number] {
  const [x, y, z, ...rest] = list(value, at, natural);
  if (x === undefined || y === undefined || z === undefined || rest.length > 0) {
    throw bad(at, 'must hold three numbers');
  }
  return [x, y, z];
}
