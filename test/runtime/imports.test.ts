import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../runtime', import.meta.url));

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** What a file imports: paths inside the folder as `name.ts`, everything else as it is written. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
  return found.map((target) =>
    target.startsWith('.') ? path.relative(root, path.resolve(root, path.dirname(file), target)) : target,
  );
}

describe('the runtime', () => {
  test('imports nothing from outside of its folder', () => {
    const outside = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('..'))
        .map((target) => `${file} -> ${target}`),
    );
    expect(files.length).toBeGreaterThan(15);
    expect(outside).toEqual([]);
  });

  test('runs in a browser: only the files for Node import more than each other', () => {
    const forNode = (file: string): boolean => path.basename(file).startsWith('node-');
    const core = files.filter((file) => !file.startsWith('data') && !forNode(file));
    const foreign = core.flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.endsWith('.ts') || forNode(target))
        .map((target) => `${file} -> ${target}`),
    );
    expect(foreign).toEqual([]);
    expect(importsOf('node-vulkan.ts')).toContain('node:fs');
  });

  test('has no cycle of imports', () => {
    const visit = (file: string, path: readonly string[]): readonly string[] => {
      if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' -> ')];
      return importsOf(file)
        .filter((target) => files.includes(target))
        .flatMap((target) => visit(target, [...path, file]));
    };
    expect([...new Set(files.flatMap((file) => visit(file, [])))]).toEqual([]);
  });
});
