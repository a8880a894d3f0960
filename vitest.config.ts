import { defineConfig } from 'vitest/config';

// These keep to themselves: whole systems with waits of their own, and the one file that replaces node:http.
const apart = ['test/e2e/**/*.test.ts', 'test/core/github/wire.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        // The files that one worker runs share what they import.
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: apart, isolate: false },
      },
      { extends: true, test: { name: 'apart', include: apart } },
    ],
    coverage: {
      provider: 'v8',
      include: ['core/**', 'app/**', 'worker/**'],
      reporter: ['text-summary'],
    },
  },
});
