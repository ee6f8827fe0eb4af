/** The file of answers that belongs to an exercise, as JSON, in; the right formulas, hints and known mistakes out. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../../runtime/errors.ts';
import { shippedPath } from '../model/shipped.ts';
import { readTextFile } from '../terminal/files.ts';

/** Formulas by what they define: `{ "slope": "y * (1 - y)" }`. */
export type Formulas = ReadonlyMap<string, string>;

export interface Mistake {
  readonly formulas: Formulas;
  readonly remark: string;
}

export interface Answers {
  readonly formulas: Formulas;
  /** From the vaguest on; none gives the formula away. */
  readonly hints: readonly string[];
  readonly mistakes: readonly Mistake[];
}

/** `answers/NAME.json` beside the exercise, or, for a copy of one that comes with nnc, beside that. */
export function answersPath(exercise: string): string {
  const name = `${path.basename(exercise, '.nn')}.json`;
  const beside = path.join(path.dirname(exercise), 'answers', name);
  const shipped = shippedPath(`models:exercises/answers/${name}`);
  return existsSync(beside) || !existsSync(shipped) ? beside : shipped;
}

export function readAnswers(file: string): Answers {
  const text = readTextFile(file);
  const answers = answersOf(jsonOf(text));
  if (answers === undefined)
    throw new DataError(
      `${file} holds no answers: expected { "answers": { "NAME": "FORMULA" }, "hints": ["…"], "mistakes": [{ "answers": { … }, "remark": "…" }] }`,
    );
  return answers;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function answersOf(json: unknown): Answers | undefined {
  if (!isRecord(json)) return undefined;
  const { answers, hints = [], mistakes = [] } = json;
  const formulas = formulasOf(answers);
  if (formulas === undefined || formulas.size === 0) return undefined;
  if (!isList(hints) || !isList(mistakes)) return undefined;
  const texts = hints.filter((hint) => typeof hint === 'string');
  const known = mistakes.map(mistakeOf).filter((mistake) => mistake !== undefined);
  if (texts.length < hints.length || known.length < mistakes.length) return undefined;
  return { formulas, hints: texts, mistakes: known };
}

function mistakeOf(json: unknown): Mistake | undefined {
  if (!isRecord(json) || typeof json.remark !== 'string') return undefined;
  const formulas = formulasOf(json.answers);
  return formulas === undefined ? undefined : { formulas, remark: json.remark };
}

function formulasOf(json: unknown): Formulas | undefined {
  if (!isRecord(json)) return undefined;
  const entries = Object.entries(json);
  const texts = entries.flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return texts.length === entries.length ? new Map(texts) : undefined;
}

const isRecord = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const isList = (json: unknown): json is readonly unknown[] => Array.isArray(json);
