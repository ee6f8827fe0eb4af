/**
 * The packages that an installation may do without, as only WGSL or a chart in PNG needs them: where one lies, or in which
 * words it is missing.
 */
import { createRequire } from 'node:module';

/** What each is for, and what another one adds. */
const purposes = {
  webgpu: {
    what: 'Dawn for Node, which WGSL runs on',
    more: '; @sparticuz/chromium, too, brings a software adapter for linux-x64',
  },
  '@sparticuz/chromium': { what: 'which has the software adapter SwiftShader', more: '' },
  '@resvg/resvg-wasm dejavu-fonts-ttf': { what: 'which make a PNG of a chart', more: '' },
} as const;

/** One or several that go together. */
export type OptionalPackages = keyof typeof purposes;

/** The file that an import of the package, or of a file in it, loads; undefined where it is not installed. */
export function entryOf(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

export function missing(names: OptionalPackages): string {
  const { what, more } = purposes[names];
  const [first, ...others] = names.split(' ');
  const said =
    others.length === 0
      ? `package ${first}, ${what}, is`
      : `packages ${[first, ...others].join(' and ')}, ${what}, are`;
  return `the npm ${said} not installed: npm install ${names}, where nnc is installed, adds ${others.length === 0 ? 'it' : 'them'}${more}`;
}
