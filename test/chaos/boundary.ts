import type { Call, CallRecord } from './call.ts';

/** A call of a scenario, by what stays the same from run to run. */
export type Boundary = Readonly<Pick<Call, 'from' | 'job' | 'service' | 'name' | 'nth'>> &
  Readonly<{ writes: boolean }>;

/** Calls whose number depends on how quick the machine is: nobody can name the nth of them. */
const unsteady =
  /^heartbeat$|of a heartbeat|pacing|Query by_|deliveries|delivery_watch|ListTasks|DescribeTasks|hook\/deliveries|schedule/;

const rare =
  /schedule|delivery_watch|report\{lease_until\}|^GET \/app\/installations$|installation\/repositories/;

/** Whether a stack makes a call once in a while only, and not in each case: a lease is kept where a write takes long. */
export function isRare({ name }: Pick<Call, 'name'>): boolean {
  return rare.test(name);
}

/** Returns the calls of the first worker attempts of a run, each once, in their order. */
export function workerBoundaries(calls: readonly CallRecord[]): readonly Boundary[] {
  return calls
    .filter(({ from, attempt, jobId }) => from === 'worker' && attempt === 1 && jobId !== '')
    .filter(({ name }) => !unsteady.test(name))
    .map(boundaryOf);
}

/**
 * Returns the App's calls by name, the first of each; what its sweep and its reports repeat, it repeats as often as
 * there is time.
 */
export function appBoundaries(calls: readonly CallRecord[]): readonly Boundary[] {
  return calls
    .filter(({ from, attempt, nth }) => from === 'app' && attempt > 0 && nth === 1)
    .filter((call) => !isRare(call))
    .map(boundaryOf);
}

/** Whether a call is the one. */
export function isAt({ from, job, service, name, nth }: Boundary, call: Call): boolean {
  return (
    call.name === name &&
    call.nth === nth &&
    call.from === from &&
    call.job === job &&
    call.service === service
  );
}

function boundaryOf(call: CallRecord): Boundary {
  const { from, job, service, name, nth } = call;
  return { from, job, service, name, nth, writes: changesSomething(call) };
}

/** Whether a call has an effect that could be lost or happen twice. */
function changesSomething({ service, name, request }: CallRecord): boolean {
  switch (service) {
    case 'dynamodb':
      return name.startsWith('write');
    case 'sqs':
      return name.startsWith('SendMessage');
    case 's3':
    case 'github':
      return request.method !== 'GET';
    case 'ecs':
      return name === 'RunTask' || name === 'StopTask';
    case 'anthropic':
      return request.method === 'POST';
    case 'broker':
      return true;
    case 'git':
      return name.includes('receive-pack');
  }
}
