import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 4,
    coverage: {
      provider: 'v8',
      include: ['core/**', 'app/**', 'worker/**'],
      reporter: ['text-summary'],
    },
  },
});
