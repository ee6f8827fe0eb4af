/** The exercises that come with nnc: the right formulas are found right, each known mistake is known, and nothing gives an answer away. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { format } from '../../grammar/format.ts';
import { type Answers, answersPath, type Formulas, readAnswers } from '../../src/exercise/answers.ts';
import { judgementText } from '../../src/exercise/exercise-text.ts';
import { judge, withFormulas } from '../../src/exercise/judgement.ts';
import { openText, taskOf } from '../../src/exercise/task.ts';
import { parseModel } from '../../src/model/model.ts';

const folder = 'models/exercises';
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.nn') ? [file.replace('.nn', '')] : []));

/** What a reader writes where the answers leave the formula to `grad`. */
const written: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  square: { df_dx: '2 * x' },
  softmax: { ds: 'p[n, k] - right[n, k]' },
  dense: {
    dW: 'sum[n] x[n, i] * dy[n, o]',
    dc: 'sum[n] dy[n, o]',
    dx: 'sum[o] dy[n, o] * W[i, o]',
  },
};

const judged = (name: string, answers: Answers, formulas: Formulas) =>
  judge(withFormulas(parseModel(`${folder}/${name}.nn`), formulas), answers);

describe.each(names)('models/exercises/%s.nn', (name) => {
  const file = `${folder}/${name}.nn`;
  const text = readFileSync(file, 'utf8');
  const answers = readAnswers(answersPath(file));
  const right = new Map([...answers.formulas, ...Object.entries(written[name] ?? {})]);

  it('is formatted, sets its task, and leaves something open', () => {
    expect(format({ name: file, text })).toEqual({ text });
    expect(taskOf(text)).toMatch(/\b1[69]\d\d\b|\b20[012]\d\b/);
    expect(taskOf(text)).toContain(`nnc exercise ${file}`);
    expect(openText(parseModel(file))).not.toBe('');
  });

  it('takes the right formulas for right', () => {
    const judgement = judged(name, answers, right);
    expect(judgement.results.filter(({ likeness }) => likeness.kind !== 'right')).toEqual([]);
    expect(judgement.gradients.filter(({ verdict }) => verdict !== 'agrees')).toEqual([]);
  });

  it('knows each mistake, by what it makes', () => {
    for (const { formulas, remark } of answers.mistakes) {
      const said = judgementText(judged(name, answers, new Map([...right, ...formulas])));
      expect(said).toContain(`${remark}.\n`);
    }
  });

  it('has hints of which none is the answer', () => {
    expect(answers.hints.length).toBeGreaterThan(1);
    for (const formula of right.values())
      expect(answers.hints.join('\n').replaceAll(' ', '')).not.toContain(`${formula.replaceAll(' ', '')}.`);
  });
});
