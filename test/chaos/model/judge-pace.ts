import { pace } from './setting.ts';
import type { createReference } from './reference.ts';

type Fail = ReturnType<typeof createReference>['fail'];

/** Fails starts of writes, in the order of time (Unix ms), that come closer than they may. */
export function judgePace(all: readonly number[], fail: Fail): void {
  for (const [index, at] of all.entries()) {
    const before = all[index - 1];
    if (before !== undefined && at - before < pace.distanceMs)
      fail('bounded', `two writes start ${at - before} ms apart`);
    const minute = all.filter((one) => one > at - pace.minuteMs && one <= at).length;
    if (minute > pace.contentPerMinute) fail('bounded', `${minute} writes start in a minute`);
  }
}
