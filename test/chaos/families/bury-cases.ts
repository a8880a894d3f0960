import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { appBoundaries, type Boundary, isAt } from '../boundary.ts';
import { type Call, type CallRequest, describeCall, type Interposer } from '../call.ts';
import type { Case, FamilyContext } from '../family.ts';
import type { Violation } from '../invariants.ts';
import { isMessage, putMessage, taken } from '../message-tricks.ts';
import type { Place } from '../place.ts';
import { type Played, play, type PlayOptions } from '../play.ts';
import { edit, type Scenario } from '../scenarios.ts';
import { slowness } from '../slowness.ts';
import type { Stack } from '../stack.ts';
import { unreached } from './kill-cases.ts';

/*
 * The App is killed while it buries a message that nobody could handle: the command that somebody wrote, or the start
 * of a job. SQS moves a message to the dead letters after its last receive; here it comes there at once.
 */

const moments = ['before', 'after', 'answered'] as const;

type Dead = Readonly<{
  name: string;
  message: string;
  scenario: Scenario;
  /** Calls that others make as well, and which nothing but the burial makes here. */
  own?: RegExp;
}>;

const command: Dead = {
  name: 'command',
  message: 'SendMessage ingest issue_comment',
  scenario: { ...edit, name: 'a dead command', requests: 0, ends: [] },
  own: /^(GetItem cmd|.*\/permission|.*\/comments)$/,
};
const start: Dead = {
  name: 'start',
  message: 'SendMessage jobs job',
  scenario: { ...edit, name: 'a dead start', ends: [['failed']] },
};

/** The cases for the App's calls while it buries, and for those that no other run has shown; `known` holds these. */
export async function buryCases(
  context: FamilyContext,
  known: ReadonlySet<string>,
): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const dead of [command, start]) {
    const { calls } = await context.reference(dead.scenario, {
      name: 'buried',
      options: (stack) => buried(stack, dead),
    });
    const fresh = appBoundaries(calls).filter(
      (step) => dead.own?.test(step.name) || !known.has(describeCall(step)),
    );
    cases.push(...fresh.flatMap((step) => atEach(dead, step)));
  }
  return cases;
}

function atEach(dead: Dead, step: Boundary): readonly Case[] {
  return moments
    .filter((moment) => step.writes || moment === 'answered')
    .map((moment) => buryCase(dead, { step, moment }));
}

type At = Readonly<{ step: Boundary; moment: (typeof moments)[number] }>;

function buryCase(dead: Dead, { step, moment }: At): Case {
  return {
    id: `kill/edit/bury ${dead.name}/${describeCall(step)}/${moment}`,
    run: async (stack) => {
      const { interposer, during: untilMoved } = buried(stack, dead);
      let hit = false;
      const struck: Interposer = (call) => {
        if (hit || !isAt(step, call)) return interposer(call);
        hit = true;
        return { type: moment, act: ({ caller }) => caller.signal('SIGKILL') };
      };
      const during = async (_: Stack, place: Place) => {
        await untilMoved();
        await untilDelivered(stack, place, () => hit);
      };
      const played = await play(stack, dead.scenario, { interposer: struck, during });
      const violations = [...played.violations, ...untold(dead, played)];
      return hit ? violations : unreached(step, violations);
    },
  };
}

/** The event of a comment that is posted may find no App any more: it comes again, later than all else. */
async function untilDelivered(stack: Stack, place: Place, hit: () => boolean): Promise<void> {
  const { github } = stack;
  const end = Date.now() + 15_000 * slowness();
  const behind = () => {
    const ours = github
      .deliveries()
      .filter(({ installationId }) => installationId === place.installationId);
    const arrived = new Set(
      ours.flatMap(({ guid, statusCode }) => (statusCode < 300 ? [guid] : [])),
    );
    return ours.some(({ guid }) => !arrived.has(guid));
  };
  while (Date.now() < end && (!hit() || behind())) {
    await sleep(100);
    await github.settled();
  }
}

/** Whoever wrote a command is answered once. What a job came to is judged as ever. */
function untold(dead: Dead, { facts }: Played): readonly Violation[] {
  const { length } = facts.github.comments;
  if (dead !== command || length === 1) return [];
  return [{ invariant: 1, text: `a command that nobody could take has ${length} answers` }];
}

/** Each such message is a dead letter from the start. */
function buried(stack: Stack, { message }: Dead) {
  const moved: Promise<void>[] = [];
  const interposer = (call: Call) => {
    if (!isMessage(call) || call.name !== message) return { type: 'pass' as const };
    moved.push(putMessage(stack, asDeadLetter(call.request)));
    return taken(call);
  };
  const during = async () => {
    await stack.github.settled();
    await Promise.all(moved);
  };
  return { interposer, during } satisfies PlayOptions;
}

const Message = z.looseObject({ QueueUrl: z.string() });

function asDeadLetter(request: CallRequest): CallRequest {
  const message = Message.parse(JSON.parse(request.body.toString('utf8')));
  const body = Buffer.from(JSON.stringify({ ...message, QueueUrl: `${message.QueueUrl}-dead` }));
  return { ...request, body };
}
