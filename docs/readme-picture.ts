/** Draws docs/picture.svg from what the compiler makes of a model: `npx tsx docs/readme-picture.ts`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printNode } from '../compiler/ir/print.ts';
import { defaultTargets } from '../compiler/target.ts';
import { dispatchesOf } from '../runtime/program.ts';
import { compileSource } from '../src/index.ts';
import { writeFileAtomic } from '../src/terminal/files.ts';
import { escapeHtml } from '../src/views/html.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const name = 'models/two_layer_sigmoid.nn';
const text = readFileSync(here(`../${name}`), 'utf8');
const { compilation } = compileSource(
  { name, text },
  { purpose: { kind: 'gradient' }, target: defaultTargets.hardware },
);

/** The equations of the file, without declarations and comments. */
const written = text.split('\n').filter((line) => /^\s+(\w+\[.*\]|loss) = /.test(line));

/** The backward equations as the IR prints them, in the reader's notation: `d.W[o, h]`. */
const derived = compilation.optimized.nodes
  .filter((node) => node.origin.adjoint !== undefined)
  .map((node) =>
    printNode(node, compilation.optimized.nodes)
      .replaceAll('%', '')
      .replaceAll('.0', '')
      .replace(
        /^([\w.]+)\[([^\]]*)\]: f32/,
        (_, value: string, indices: string) => `${value}[${indices.replace(/: \d+/g, '')}]`,
      )
      .replaceAll(/\[(\w+): \d+\]/g, '[$1]'),
  );

/** The body of the kernel that computes the adjoint of the hidden layer. */
const { code, steps } = compilation.program;
const dispatch = dispatchesOf({ steps }).find((d) => d.equations.some((e) => e.startsWith('%d.r')))!;
const kernel = code.kernels[dispatch.kernel]!;
const lines = kernel.wgsl.split('\n');
const body = lines.slice(lines.findIndex((line) => line.startsWith('@compute'))).slice(0, 14);

const lineHeight = 19;
const margin = 18;

interface Card {
  readonly title: string;
  readonly lines: readonly string[];
  readonly accent: string;
}

function draw({ title, lines, accent }: Card, x: number, y: number, width: number, height: number): string {
  const rows = lines.map(
    (line, k) =>
      `<text x="${x + margin}" y="${y + 52 + k * lineHeight}" class="code" xml:space="preserve">${escapeHtml(line)}</text>`,
  );
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" fill="#ffffff" stroke="#d0d7de"/>`,
    `<rect x="${x}" y="${y}" width="6" height="${height}" rx="3" fill="${accent}"/>`,
    `<text x="${x + margin}" y="${y + 26}" class="title" fill="${accent}">${title}</text>`,
    ...rows,
  ].join('\n');
}

const heightOf = (card: Card): number => 66 + card.lines.length * lineHeight;
const cards: readonly Card[] = [
  { title: 'you write the equations', lines: written.map((l) => l.trim()), accent: '#0969da' },
  { title: 'nnc derives the backward equations', lines: derived, accent: '#8250df' },
  { title: 'and makes the kernels of both', lines: body, accent: '#1a7f37' },
];
const [model, backward, wgsl] = cards as readonly [Card, Card, Card];
const left = 480;
const right = 590;
const upper = Math.max(heightOf(model), heightOf(backward));
const total = upper + 20 + heightOf(wgsl) + 2 * margin;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right + 20 + 2 * margin}" height="${total}" viewBox="0 0 ${left + right + 20 + 2 * margin} ${total}" role="img" aria-label="A model, its backward equations and a kernel">
<style>
.code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
.title { font: 600 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
</style>
<rect width="100%" height="100%" rx="12" fill="#f6f8fa"/>
${draw(model, margin, margin, left, upper)}
${draw(backward, margin + left + 20, margin, right, upper)}
${draw(wgsl, margin, margin + upper + 20, left + right + 20, heightOf(wgsl))}
</svg>
`;
writeFileAtomic(here('picture.svg'), svg);
