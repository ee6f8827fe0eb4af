/**
 * Every model of the zoo, small: its derivatives against differences and at all stages, and two steps of each recipe on the
 * processor as the reference has them. On a device: test/device/zoo.test.ts. `NNC_ZOO=all` takes differences of those that see
 * pictures, too: three minutes.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { nnc, scratch } from '../cli/command-line.ts';
import { expectTwoSteps, trainingOf } from '../networks/steps.ts';
import { cpuExecutor } from '../support/cpu.ts';
import { models, nameOfRecipe, recipes, seesPictures, sizesOf, smallText } from './small.ts';

const { at, remove } = scratch();
afterAll(remove);

describe('derivatives', () => {
  const some = models.filter((model) => process.env.NNC_ZOO === 'all' || !seesPictures(model));
  test.each(some.map(({ file, model }) => [file, model] as const))('%s, %s', async (file, model) => {
    const sizes = Object.entries(sizesOf(file, model)).flatMap(([name, size]) => [
      '--set',
      `${name}=${size}`,
    ]);
    writeFileSync(at('small.nn'), smallText(file));
    const { code, out, err } = await nnc(
      ...['gradcheck', at('small.nn'), '--model', model, '--no-kernels', ...sizes],
    );
    expect(code, `${out}${err}`).toBe(0);
  });
});

test.each(recipes.map((recipe) => [nameOfRecipe(recipe), recipe] as const))(
  'two steps of %s',
  async (_, recipe) => {
    await expectTwoSteps(cpuExecutor(2), trainingOf(recipe));
  },
);
