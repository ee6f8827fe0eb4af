import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/fuzz.ts'],
    // Some machines ask for colours everywhere, with CI=true for one.
    env: { NO_COLOR: '1' },
    // Ends what hangs, and measures nothing: a machine that does other things as well fails no test.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    globalSetup: ['test/support/bundle.ts', 'test/support/left-out.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
});
