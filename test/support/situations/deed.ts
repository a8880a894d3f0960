import { createHmac, randomUUID } from 'node:crypto';
import { webhookSecret } from '../../app/support/running-app.ts';
import { changed, type Json, recordedPayload } from './payload.ts';
import type { Situation } from './situation.ts';
import { checkRun, filled, press } from './steps.ts';
import type { Scene } from './world.ts';

/** An event as it is sent to the App. */
export type Sent = Readonly<{ event: string; guid: string; payload: Json; status: number }>;

type Told = Readonly<{ event: string; payload: Json }>;

/** Lets the person do what the situation is about, and returns what GitHub would tell of it. Nothing is sent. */
export async function doDeed(scene: Scene, situation: Situation): Promise<readonly Told[]> {
  const { running } = scene;
  const { github, front } = running;
  github.setWebhookUrl(undefined);
  const thread = await startThread(scene, situation);
  await github.settled();
  const before = github.deliveries().length;
  const done = await act(scene, situation, thread);
  await github.settled();
  github.setWebhookUrl(front);
  const told = github
    .deliveries()
    .slice(before)
    // GitHub promises no order of events.
    .toSorted((a, b) => a.event.localeCompare(b.event) || commentIn(a) - commentIn(b));
  if (done) return told.map(({ event, payload }) => ({ event, payload }));
  return [{ event: situation.event, payload: await surroundings(scene, situation) }];
}

/** False when nobody does anything: then the payload alone tells. */
async function act(
  scene: Scene,
  situation: Situation,
  thread: number | undefined,
): Promise<boolean> {
  const { call, place, running, owner } = scene;
  const { by, event, remarks, state } = situation;
  const body = await filled(scene, situation.write ?? '');
  if (situation.press !== undefined) {
    await press(scene, situation.press, by);
  } else if (situation.fail !== undefined) {
    const at = { owner, name: 'web', sha: await filled(scene, '{{head}}'), job: situation.fail };
    await running.github.endJob({ ...at, conclusion: 'failure', log: 'sum(1, 2) is -1' });
  } else if (situation.rerun !== undefined) {
    const on = { owner, name: 'web', checkRunId: await checkRun(scene), login: by };
    await (situation.rerun === 'run'
      ? running.github.rerequest(on)
      : running.github.rerequestSuite(on));
  } else if (event === 'issue_comment' && situation.write !== undefined) {
    await call(by, `POST issues/${place.number}/comments`, { body });
  } else if (event === 'pull_request_review_comment' && situation.write !== undefined) {
    await remark(scene, { by, body, thread });
  } else if (event === 'pull_request_review' && (remarks ?? situation.write) !== undefined) {
    const comments = (remarks ?? []).map((text) => ({ ...line, body: text }));
    const review = { event: state, ...(body === '' ? {} : { body }), comments };
    await call(by, `POST pulls/${place.number}/reviews`, review);
  } else {
    return false;
  }
  return true;
}

function commentIn({ payload }: Told): number {
  return (payload['comment'] as { id: number } | undefined)?.id ?? 0;
}

const line = { path: 'README.md', line: 2, side: 'RIGHT' };

/** Writes what stands in a thread before; returns its first comment. */
async function startThread(scene: Scene, { thread = [] }: Situation): Promise<number | undefined> {
  let first: number | undefined;
  for (const { by, write } of thread) {
    const id = await remark(scene, { by, body: write, thread: first });
    first ??= id;
  }
  return first;
}

type Remark = Readonly<{ by: string; body: string; thread: number | undefined }>;

/** Puts a remark on the changed line, or answers in a thread there; returns its id. */
async function remark(scene: Scene, { by, body, thread }: Remark): Promise<number> {
  const { call, place } = scene;
  const commit_id = await filled(scene, '{{head}}');
  const made =
    thread === undefined
      ? await call(by, `POST pulls/${place.number}/comments`, { ...line, body, commit_id })
      : await call(by, `POST pulls/${place.number}/comments/${thread}/replies`, { body });
  return (made as { id: number }).id;
}

/** Where a payload is from that no deed has made. */
async function surroundings(scene: Scene, { by, on }: Situation): Promise<Json> {
  const { call, installationId, place } = scene;
  const repository = await call(by, 'GET ../web');
  const issue = on === 'issue' ? { issue: await call(by, `GET issues/${place.number}`) } : {};
  const pull = on === 'issue' ? {} : { pull_request: await call(by, `GET pulls/${place.number}`) };
  const sender = await call(by, 'GET ../../../user');
  return { installation: { id: installationId }, repository, sender, ...issue, ...pull };
}

/** Sends what GitHub tells in the shape that it has once sent, with the situation's changes. */
export async function sendAll(
  scene: Scene,
  situation: Situation,
  told: readonly Told[],
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const guids = new Map<string, string>();
  for (const arrival of arrivalsOf(situation, told)) {
    const { event, change, payload, same_delivery, signed } = arrival;
    const action = stringOf(change['action']) ?? stringOf(payload['action']) ?? situation.action;
    const shaped = changed(changed(recordedPayload(event, action), payload), change);
    const ready = JSON.parse(await filled(scene, JSON.stringify(shaped))) as Json;
    const guid = same_delivery ? (guids.get(event) ?? randomUUID()) : randomUUID();
    guids.set(event, guid);
    const status = await send(scene, { event, guid, ready, signed });
    sent.push({ event, guid, payload: ready, status });
  }
  return sent;
}

type Arriving = Told & Readonly<{ change: Json; same_delivery: boolean; signed: boolean }>;

function arrivalsOf(situation: Situation, told: readonly Told[]): readonly Arriving[] {
  const { event: main, change = {} } = situation;
  const left = [...told];
  const arrivals = situation.arrivals.flatMap((arrival) => {
    const flags = { same_delivery: arrival.same_delivery ?? false, signed: arrival.signed ?? true };
    const wanted =
      arrival.event === undefined && situation.arrivals.length === 1
        ? told
        : [next(left, arrival.event ?? main)];
    return wanted.map((one) => ({
      ...one,
      ...flags,
      change: changed(one.event === main ? change : {}, arrival.change ?? {}) as Json,
    }));
  });
  return arrivals;
}

/** The next of its kind; the last one comes again and again. */
function next(left: Told[], event: string): Told {
  const at = left.findIndex((one) => one.event === event);
  const found = left[at];
  if (!found) throw new Error(`GitHub tells nothing as ${event}`);
  if (left.filter((one) => one.event === event).length > 1) left.splice(at, 1);
  return found;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function send(
  { running: { front } }: Scene,
  { event, guid, ready, signed }: { event: string; guid: string; ready: Json; signed: boolean },
): Promise<number> {
  const body = JSON.stringify(ready);
  const key = signed ? webhookSecret : 'another secret than the right one';
  const answer = await fetch(front, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
    },
    body,
  });
  return answer.status;
}
