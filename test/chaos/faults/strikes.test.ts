import { expect, it } from 'vitest';
import type { Call, Verdict } from '../call.ts';
import { jsonAnswer } from './answers.ts';
import { dynamodbFaults } from './aws.ts';
import { type Fault, answering } from './fault.ts';
import { githubFaults } from './github.ts';
import { type Plan, strike } from './strikes.ts';

const at = { from: 'worker', service: 'github', name: 'POST /repos/{}/pulls' } as const;
const broken = answering({ name: 'broken' }, () => jsonAnswer(500, {}));

function call(nth: number, other: Partial<Call> = {}): Call {
  return {
    ...at,
    seq: nth,
    at: 0,
    jobId: 'job-1',
    job: 1,
    attempt: 1,
    nth,
    request: { method: 'POST', path: '/repos/a/b/pulls', headers: {}, body: Buffer.alloc(0) },
    caller: { from: 'worker', attempt: 1, signal: () => undefined },
    ...other,
  };
}

async function verdicts(plan: Partial<Plan>, calls: readonly Call[]): Promise<readonly string[]> {
  const strikes = strike([{ at, nth: 1, fault: broken, times: 1, ...plan }]);
  const all: Verdict[] = [];
  for (const one of calls) all.push(await strikes.interposer(one));
  return all.map(({ type }) => type);
}

it('strikes the call that is meant, so often, and no other one', async () => {
  const calls = [call(1), call(2), call(3), call(4)];
  expect(await verdicts({ nth: 2, times: 2 }, calls)).toEqual(['pass', 'reply', 'reply', 'pass']);
  const others = [call(1, { from: 'app' }), call(1, { service: 's3' }), call(1, { name: 'GET /' })];
  expect(await verdicts({}, others)).toEqual(['pass', 'pass', 'pass']);
});

it('stays with every call of the service while the fault lasts', async () => {
  const lasting = githubFaults.find(({ name }) => name === '401 for 5 s');
  const calls = [call(1), call(1, { name: 'GET /' }), call(1, { from: 'app' })];
  expect(await verdicts({ fault: need(lasting) }, calls)).toEqual(['reply', 'reply', 'pass']);
});

it('lets an index answer as of before', async () => {
  const lag = need(dynamodbFaults.find(({ name }) => name === 'index lags'));
  const query = call(1, {
    service: 'dynamodb',
    name: 'Query by_due',
    request: {
      method: 'POST',
      path: '/',
      headers: { 'x-amz-target': 'DynamoDB_20120810.Query' },
      body: Buffer.from('{"IndexName":"by_due"}'),
    },
  });
  const { interposer } = strike([
    { at: { ...at, service: 'dynamodb', name: 'Query by_due' }, nth: 2, fault: lag, times: 1 },
  ]);
  const first = await interposer(query);
  if (first.type !== 'change') return expect.fail('The first answer is not watched');
  await first.answer(jsonAnswer(200, { Items: [1] }));
  const second = await interposer({ ...query, nth: 2 });
  if (second.type !== 'reply') return expect.fail('The second call is not struck');
  expect(JSON.parse(second.answer.body.toString('utf8'))).toEqual({ Items: [1] });
});

function need(fault: Fault | undefined): Fault {
  if (!fault) throw new Error('There is no such fault');
  return fault;
}
