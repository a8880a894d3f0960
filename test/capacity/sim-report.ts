import { jittered } from '../../core/jittered.ts';
import { isTerminal } from '../../core/job-state.ts';
import type { RequestReport } from '../../core/request.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import type { Times } from '../../core/times.ts';
import type { Notify } from '../../app/notify.ts';
import type { Clock } from './clock.ts';
import type { GithubWrites } from './github-writes.ts';

type Deps = Readonly<{
  clock: Clock;
  requests: RequestStore;
  jobs: JobStore;
  notify: Notify;
  github: GithubWrites;
  times: Times;
  random: () => number;
}>;

/** A Lambda does not wait long (app/wire-parts.ts). */
const patienceMs = 3_000;

/** The writer of comments by its writes, in the order and with the urgency of app/report.ts. */
export function createSimReport(deps: Deps) {
  const { clock, requests, jobs, notify, github, times } = deps;

  return async function report(requestId: string): Promise<void> {
    const owner = `report-${clock.now()}`;
    const leased = await requests.leaseReport(requestId, { owner, leaseMs: times.CODY_LEASE_MS });
    if (!leased) return;
    const all = await jobs.ofRequest(requestId);
    const ended = all.every((job) => isTerminal(job.state));
    const wait = (leased.status_at ?? 0) + times.CODY_REPORT_DELAY_MS - clock.now();
    if (leased.rendered >= leased.wanted) return void (await requests.releaseReport(leased));
    if (!ended && wait > 0) {
      await notify.report(requestId, 'later');
      return void (await requests.releaseReport(leased));
    }
    const installation = all[0]?.installation_id ?? 0;
    const first = leased.status_comment_id === undefined;
    const writes = [{ urgency: ended || first ? undefined : ('low' as const) }];
    if (ended && leased.closing_comment_id === undefined) writes.push({ urgency: undefined });
    await next(leased, { installation, writes, ended });
  };

  type Left = Readonly<{
    installation: number;
    writes: readonly Readonly<{ urgency: 'low' | undefined }>[];
    ended: boolean;
  }>;

  async function next(report: RequestReport, left: Left): Promise<void> {
    const [write, ...rest] = left.writes;
    if (!write) return finish(report, left.ended);
    const { urgency } = write;
    const wish = { content: true, patienceMs, ...(urgency ? { urgency } : {}) };
    await github.write(left.installation, wish, async (answer) => {
      if (answer === 'made') return next(report, { ...left, writes: rest });
      const ms = jittered(Math.max(answer.ms, times.CODY_REPORT_DELAY_MS), deps.random());
      await notify.report(report.request_id, ms);
      await requests.releaseReport(report, ms);
    });
  }

  async function finish(report: RequestReport, ended: boolean): Promise<void> {
    const saved = await requests.saveReport(report, {
      status_comment_id: 1,
      status_at: clock.now(),
      rendered: report.wanted,
      ...(ended ? { closing_comment_id: 2 } : {}),
    });
    if ((await requests.releaseReport(saved)) === 'behind')
      await notify.report(report.request_id, 'later');
  }
}
