import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long, the longest first: what starts last must not keep the machine waiting for it alone. They have
 * a worker of their own each, as has the one file that replaces node:http.
 */
const slow = [
  'test/e2e/continue.test.ts',
  'test/e2e/iteration.test.ts',
  'test/app/situations.test.ts',
  'test/e2e/failures.test.ts',
  'test/e2e/pull-requests.test.ts',
  'test/e2e/browser.test.ts',
  'test/e2e/pages.test.ts',
  'test/e2e/demo.test.ts',
  'test/app/lambda/bundles.test.ts',
  'test/infra/access.test.ts',
  'test/worker/agent/kill-matrix.test.ts',
  'test/e2e/restart.test.ts',
  'test/worker/publish/push-to-pull-request.test.ts',
  'test/local/agent/main.test.ts',
  'test/app/jobs.test.ts',
  'test/app/buttons.test.ts',
  'test/e2e/repository-config.test.ts',
  'test/worker/publish/publish.test.ts',
  'test/worker/tools/cases.test.ts',
  'test/local/agent/resume.test.ts',
  'test/app/accept/accept.test.ts',
  'test/local/standin/anthropic/demo-actor.test.ts',
  'test/app/schedules/schedules.test.ts',
  'test/worker/publish/findings.test.ts',
  'test/worker/agent/long-run.test.ts',
];
const apart = [...slow, 'test/e2e/**/*.test.ts', 'test/core/github/wire.test.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    return rest.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = slow.findIndex((file) => moduleId.endsWith(file));
  return place < 0 ? slow.length : place;
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        // The files that one worker runs share what they import.
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: apart,
          isolate: false,
          setupFiles: ['test/support/property-seed.ts'],
        },
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
