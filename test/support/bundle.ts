/** Before all tests, and before each rerun of a watcher: the bundle and the page are those of the sources. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

const refresh = (): void => {
  execFileSync(process.execPath, [path.resolve(import.meta.dirname, '../../scripts/bundle.mjs')], {
    stdio: 'inherit',
  });
};

export function setup(project: TestProject): void {
  refresh();
  project.onTestsRerun(refresh);
}
