/**
 * The commands of the course work and print what it says. The pictures are those that their commands make today.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { drawn, pictures } from '../../docs/pictures.ts';
import { testShellBlocks } from '../support/shell-blocks.ts';

const root = path.resolve(import.meta.dirname, '../..');
const text = readFileSync(path.join(root, 'docs/teaching.md'), 'utf8');

describe('the commands of the course', () => testShellBlocks('docs/teaching.md'));

describe('the pictures of the course', () => {
  test('are all shown', () => {
    const shown = [...text.matchAll(/\(pictures\/([\w.-]+)\)/g)].map(([, name]) => name);
    expect(new Set(shown)).toEqual(new Set(pictures.map(({ file }) => file)));
  });

  test.each(pictures)('$file', async (picture) => {
    const svg = readFileSync(path.join(root, 'docs/pictures', picture.file), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
    // What a device computes differs in its last digits from one to the next; the lesson runs the same command.
    if (!picture.device) expect(await drawn(picture)).toBe(svg);
  });
});
