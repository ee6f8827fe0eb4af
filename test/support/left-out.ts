/** After all tests: which were left out for want of something that is no part of a clone. */
import { hasBrowser } from '../view/browser.ts';
import { hasNumpy } from './numpy.ts';
import { realData } from './real-data.ts';

export function teardown(): void {
  const missing = [
    ...(realData === undefined
      ? ['real data sets (NNC_DATA names their folder): tests on MNIST and tables']
      : []),
    ...(hasBrowser ? [] : ['the packaged browser, which is for linux-x64: tests of pages']),
    ...(hasNumpy() ? [] : ['Python with numpy: the guide on exchanging weights']),
  ];
  if (missing.length > 0)
    console.log(`left out, as these are not here:\n${missing.map((what) => `  ${what}\n`).join('')}`);
}
