/** No prelude definition goes without a doc comment and a test. */
import { describe, expect, it } from 'vitest';
import { format } from '../../grammar/format.ts';
import { prelude } from '../../src/model/prelude.ts';
import { preludeSources } from '../../src/model/prelude-sources.ts';
import { preludeFiles } from '../support/prelude.ts';
import { initialiserProbes } from './initialisers.ts';
import { clipProbes, furtherOptimiserProbes, optimiserProbes, scheduleProbes } from './optimisers.ts';
import { functionProbes } from './probe-model.ts';

const tested: ReadonlySet<string> = new Set([
  ...functionProbes.map((probe) => probe.of),
  ...[
    ...initialiserProbes,
    ...optimiserProbes,
    ...furtherOptimiserProbes,
    ...scheduleProbes,
    ...clipProbes,
  ].map((probe) => probe.of),
  // What draws in evaluation, too: augmentation.test.ts.
  'categorical',
  'dropout',
]);

/** Files whose definitions take no tensors whose shapes must be told. */
const shapeless = /(initialisers|optimisers|schedules)\.nn$/;

const definitions = preludeFiles().flatMap((file) =>
  file.declarations.flatMap((d) =>
    d.kind === 'train'
      ? []
      : [{ name: d.name.name, doc: d.doc, kind: d.kind, hasShapes: !shapeless.test(file.source.name) }],
  ),
);

const constants: ReadonlySet<string> = new Set(['zeros', 'ones', 'constant']);

describe('the prelude', () => {
  it.each(preludeSources().map((source) => [source.name, source] as const))(
    '%s is formatted',
    (_, source) => {
      expect(format(source)).toEqual({ text: source.text });
    },
  );

  it('gives each declaration by itself as it is in its file, and a name one declaration', () => {
    const whole = preludeFiles().flatMap((file) => file.declarations);
    const { names, find } = prelude();
    expect(names).toEqual(whole.flatMap((d) => (d.kind === 'train' ? [] : [d.name.name])));
    expect(names.map(find)).toEqual(whole);
  });

  it('is tested, each definition', () => {
    const names = definitions.map((d) => d.name);
    expect(names.filter((name) => !tested.has(name))).toEqual([]);
    expect([...tested].filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(definitions.map((d) => [d.name, d] as const))(
    '%s says what it is',
    (name, { doc, kind, hasShapes }) => {
      expect(doc).toMatch(/^[A-Z0-9a-z][^.]+\./);
      if (!constants.has(name)) expect(doc).toContain('Formula: ');
      if (hasShapes) expect(doc).toContain('Shapes:  ');
      if (kind === 'layer' || kind === 'optimizer') expect(doc).toContain('Source:  ');
    },
  );
});
