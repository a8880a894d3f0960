import type { AcceptDeps } from '../../../app/accept/accept-deps.ts';
import { acceptOrder } from '../../../app/accept/accept-order.ts';
import type { Order } from '../../../app/accept/order.ts';
import { createBury } from '../../../app/bury.ts';
import { createDispatch, type DispatchDeps } from '../../../app/dispatch.ts';
import { createIngest, type Handle } from '../../../app/ingest.ts';
import type { Installations } from '../../../app/installations.ts';
import { createNotify } from '../../../app/notify.ts';
import { createReport } from '../../../app/report.ts';
import { wake } from '../../../app/wake.ts';
import type { Launcher } from '../../../core/launcher.ts';
import { createButtonStore } from '../../../core/store/buttons.ts';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createLoginPins } from '../../../core/store/login-pins.ts';
import { createMalformedMessages } from '../../../core/store/malformed.ts';
import { createModelPauses } from '../../../core/store/model-pause.ts';
import { createOpenCheckStore } from '../../../core/store/open-checks.ts';
import { createPlanStore } from '../../../core/store/plans.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import { createScheduleStore } from '../../../core/store/schedules.ts';
import type { Times } from '../../../core/times.ts';
import { type Gates, outbox } from './gates.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { Process } from './process.ts';
import { installationOf, policy, serverUrl } from './setting.ts';
import { silentLog } from './silent-log.ts';

type Deps = Readonly<{
  gates: Gates;
  launcherOf: (self: Process) => Launcher;
  ingest: MemoryQueue;
  jobsQueue: MemoryQueue;
  times: Times;
  now: () => number;
}>;

/** The App's handlers with everything that they need, for one process each. */
export function createAppPorts({ gates, launcherOf, ingest, jobsQueue, times, now }: Deps) {
  const { gatedTable, githubOf, bucketOf } = gates;
  const portsOf = (self: Process) => {
    const own = gatedTable({ self });
    const installationsOf: Installations = {
      of: async ({ name }) =>
        name === '.github'
          ? undefined
          : {
              installationId: installationOf(Number(name.split('-')[1])),
              account: 'acme',
              accountId: 1,
              permissions: {},
              suspended: false,
            },
      client: async () => githubOf(self),
      missing: async () => [],
      members: async () => githubOf(self),
    };
    const notify = createNotify({
      ingest: outbox(self, ingest),
      jobsQueue: outbox(self, jobsQueue),
      reportDelayMs: times.CODY_REPORT_DELAY_MS,
    });
    const promptsChecks = {
      want: async () => undefined,
      tell: async () => false,
      ended: async () => undefined,
      refresh: async () => undefined,
      rest: async () => undefined,
    };
    return {
      appId: 1,
      bot: async () => 'cody[bot]',
      table: own,
      jobs: createJobStore({ table: own, now, grants: true }),
      requests: createRequestStore({ table: own, now }),
      plans: createPlanStore({ table: own, now }),
      schedules: createScheduleStore({ table: own, now }),
      buttons: createButtonStore({ table: own, now }),
      openChecks: createOpenCheckStore({ table: own, now }),
      logins: createLoginPins({ table: own }),
      malformed: createMalformedMessages({ table: own, now }),
      pauses: createModelPauses({ table: own, now, keyId: 'key' }),
      installations: installationsOf,
      launcher: launcherOf(self),
      bucket: bucketOf(self),
      notify,
      ingest: outbox(self, ingest),
      jobsQueue: outbox(self, jobsQueue),
      promptsChecks,
      policy,
      times,
      now,
      serverUrl,
      links: { serverUrl },
      taskSize: { cpu: 2_048, memory_mib: 4_096 },
      random: () => 0.5,
      log: silentLog,
    } satisfies AcceptDeps & DispatchDeps & Record<string, unknown>;
  };

  const handlerOf = (self: Process, queue: 'ingest' | 'jobs' | 'dead'): Handle => {
    const ports = portsOf(self);
    if (queue === 'jobs') return createDispatch(ports);
    if (queue === 'dead') return createBury({ ...ports, accept: ports });
    const other = createIngest({
      accept: async () => undefined,
      report: createReport(ports),
      promptsChecks: ports.promptsChecks,
      malformed: ports.malformed,
      wake: () => wake(ports),
      log: silentLog,
    });
    return async (record) => {
      const body = JSON.parse(record.body) as { type: string; order: Order };
      return body.type === 'order' ? acceptOrder(ports, body.order) : other(record);
    };
  };

  return { portsOf, handlerOf };
}
