/**
 * The packages that only WGSL needs, and that an installation may do without: where one lies, or in which words it is
 * missing.
 */
import { createRequire } from 'node:module';

export type OptionalPackage = 'webgpu' | '@sparticuz/chromium';

/** What each is for, and what another one adds. */
const purposes: Readonly<Record<OptionalPackage, { readonly what: string; readonly more: string }>> = {
  webgpu: {
    what: 'Dawn for Node, which WGSL runs on',
    more: '; @sparticuz/chromium, too, brings a software adapter for linux-x64',
  },
  '@sparticuz/chromium': { what: 'which has the software adapter SwiftShader', more: '' },
};

/** The file that an import of the package loads; undefined where it is not installed. */
export function entryOf(name: OptionalPackage): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

export function missing(name: OptionalPackage): string {
  const { what, more } = purposes[name];
  return `the npm package ${name}, ${what}, is not installed: npm install ${name}, where nnc is installed, adds it${more}`;
}
