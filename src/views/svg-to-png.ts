/**
 * The text of an SVG in, the same as a PNG out. The two packages that do it are loaded here alone and may be missing: one
 * draws, as WebAssembly, which knows no fonts; the other is a font that has the arrows and the Greek of axes.
 */
import { entryOf, missing } from '../../runtime/node-packages.ts';
import { readBytes } from '../terminal/files.ts';

const drawing = '@resvg/resvg-wasm/index_bg.wasm';
const font = { file: 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf', family: 'DejaVu Sans' } as const;

/** Pixels of the picture to one of the SVG, so that letters are sharp on a slide. */
const zoom = 2;

/** In which words a package is missing; undefined where both are there. */
export function missingForPng(): string | undefined {
  if (entryOf(drawing) !== undefined && entryOf(font.file) !== undefined) return undefined;
  return `${missing('@resvg/resvg-wasm dejavu-fonts-ttf')}\n  hint: a name in .svg needs neither`;
}

let begun: Promise<void> | undefined;

export async function pngOfSvg(svg: string): Promise<Uint8Array> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  // A second time is refused.
  begun ??= initWasm(readBytes(entryOf(drawing)!) as Uint8Array<ArrayBuffer>);
  await begun;
  const { file, family } = font;
  const drawn = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontBuffers: [readBytes(entryOf(file)!)], defaultFontFamily: family, sansSerifFamily: family },
  });
  return drawn.render().asPng();
}
