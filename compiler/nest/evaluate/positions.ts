/**
 * Quasi-affine arithmetic of integer names in, a closure that computes it for the thread at hand out.
 *
 * What must hold of it is checked as it is computed: names are in the ranges that the nest says, wherever a
 * position or a division relies on them; what is divided, and the result, fit 32 bits. (Sums wrap around: their
 * parts may be anything.)
 */
import type { Affine, Atom } from '../../index/affine.ts';
import { print } from '../../index/print.ts';
import type { Machine } from './machine.ts';

export type Closure = () => number;

/** As a position: in the range of its names. */
export function positionOf(of: Affine, machine: Machine): Closure {
  const value = affineOf(of, machine, true);
  return () => {
    const at = value();
    if (at >= -0x8000_0000 && at <= 0xffff_ffff) return at;
    return machine.fault(`computes ${print(of)} = ${at}: more than 32 bits`);
  };
}

/** As a value: a name may leave its range where only a comparison sees it. */
export function indexOf(of: Affine, dtype: 'i32' | 'u32', machine: Machine): Closure {
  const value = affineOf(of, machine, false);
  const [min, max] = dtype === 'u32' ? [0, 0xffff_ffff] : [-0x8000_0000, 0x7fff_ffff];
  return () => {
    const at = value();
    return at >= min && at <= max ? at : machine.fault(`computes ${print(of)} = ${at}: no ${dtype}`);
  };
}

function affineOf({ constant, terms }: Affine, machine: Machine, strict: boolean): Closure {
  const parts = terms.map(({ coefficient, atom }) => ({ coefficient, value: atomOf(atom, machine, strict) }));
  const [first, second] = parts;
  if (first === undefined) return () => constant;
  if (second === undefined) return () => first.coefficient * first.value() + constant;
  if (parts.length === 2) {
    return () => first.coefficient * first.value() + second.coefficient * second.value() + constant;
  }
  return () => {
    let sum = constant;
    for (const { coefficient, value } of parts) sum += coefficient * value();
    return sum;
  };
}

function atomOf(atom: Atom, machine: Machine, strict: boolean): Closure {
  if (atom.kind === 'index') return nameOf(atom.name, machine, strict);
  const of = affineOf(atom.of, machine, true);
  const { by } = atom;
  const divided = (): number => {
    const value = of();
    if (value >= -0x8000_0000 && value <= 0xffff_ffff) return value;
    return machine.fault(`divides ${print(atom.of)} = ${value}: more than 32 bits`);
  };
  if (atom.kind === 'div') return () => Math.floor(divided() / by);
  return () => {
    const value = divided();
    return value - by * Math.floor(value / by);
  };
}

function nameOf(name: string, machine: Machine, strict: boolean): Closure {
  const slot = machine.slots.get(name) ?? machine.fault(`uses ${name}, which nothing binds`);
  const read = (): number => {
    if (machine.poisons[slot] === 1) machine.poisoned = true;
    return machine.frame[slot]!;
  };
  if (!strict) return read;
  const range = machine.nest.ranges.get(name) ?? machine.fault(`uses ${name}, which has no range`);
  const { min, max } = range;
  return () => {
    const value = read();
    if (value >= min && value <= max) return value;
    return machine.fault(`relies on ${name} from ${min} to ${max}, and it is ${value}`);
  };
}
