import { describe, expect, it } from 'vitest';
import type { Bucket } from '../../../core/bucket.ts';
import { sha256 } from '../../../core/ids.ts';
import { nothingLeftOut } from '../../../core/gathered-context.ts';
import type { RequestContext } from '../../../core/request.ts';
import type { ThreadEvent } from '../../../core/thread.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { firstMessages } from '../../../worker/agent/prompt.ts';
import type { PullRequestView } from '../../../worker/agent/pull-request-prompt.ts';
import { aroundPrompt } from '../../../worker/job/around.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';
import { greyPng } from '../../support/png.ts';
import { run, startModel, submitTurn } from '../agent/support/harness.ts';

/** A bucket in memory. */
function createMemory(): Bucket {
  const objects = new Map<string, Buffer>();
  return {
    put: async (kind, data) => {
      const bytes = Buffer.from(data);
      const hash = sha256(bytes);
      objects.set(hash, bytes);
      return { key: `${kind}/${hash}`, sha256: hash, bytes: bytes.length };
    },
    get: async (pointer) => objects.get(pointer.sha256) ?? Buffer.alloc(0),
  };
}

const from = { place: 'text', author: 'requester' } as const;

async function around({
  hidden = false,
  pullRequest,
}: Readonly<{ hidden?: boolean; pullRequest?: PullRequestView }> = {}) {
  const bucket = createMemory();
  const pointer = await bucket.put('attachment', greyPng(4, 3));
  const broken = await bucket.put('attachment', Buffer.from('no image'));
  const text = await bucket.put('attachment', 'it broke');
  const context: RequestContext = {
    issue: { number: 7, title: 'Sum', body: 'Wrong.', author: 'requester', url: '' },
    gathered: {
      comments: [{ author: 'writer', text: 'Use integers.', url: '' }],
      left_out: { ...nothingLeftOut, others: 2 },
      edited_since: false,
      unread: false,
      linked: [],
      attachments: [
        { type: 'image', name: 'a.png', from, pointer },
        { type: 'image', name: 'b.png', from, pointer: broken },
        { type: 'text', name: 'c.log', from, pointer: text },
      ],
      missing: [{ name: 'd.zip', from, reason: 'wrong_type' }],
    },
  };
  const stored = await bucket.put('context', JSON.stringify(context));
  const request = { ...exampleRequest({ id: 'around', jobs: 1 }), context: stored };
  const [job] = exampleJobs(request);
  if (!job) throw new Error('no job');
  const source = {
    ...request.source,
    repository: { ...request.source.repository, private: hidden },
  };
  const events: ThreadEvent[] = [];
  const told = await aroundPrompt(
    { bucket },
    {
      request: { ...request, source },
      lease: {
        job: () => ({ ...job, repository: { ...job.repository, private: false } }),
      } as never,
      thread: { add: (event) => void events.push(event) },
      pullRequest,
    },
  );
  return { told, events };
}

describe('what stands around a prompt', () => {
  it('is loaded for the first message, and what is left out is said in the thread', async () => {
    const { told, events } = await around();
    expect(told.around?.files.map(({ name }) => name)).toEqual(['a.png', 'c.log']);
    expect(told.around?.missing.map(({ name }) => name)).toEqual(['d.zip', 'b.png']);
    expect(events).toEqual([
      {
        type: 'notice',
        text: 'Comments left out: 2 by authors without write access. The attachment d.zip is not used: it is no image and no text file that can be shown. The attachment b.png is not used: it is no image and no text file that can be shown.',
      },
    ]);
  });

  it('is not told where more people read', async () => {
    const { told, events } = await around({ hidden: true });
    expect(told).toEqual({ toldInPrivate: true });
    expect(events).toEqual([]);
  });

  it('is said to be private also on the pull request that the work goes on in', async () => {
    const pullRequest = { number: 7 } as PullRequestView;
    const { told } = await around({ hidden: true, pullRequest });
    expect(told).toEqual({ toldInPrivate: true, pullRequest });
  });

  it('reaches the model with its images, the same in every call', async () => {
    const { told } = await around();
    const first = firstMessages({
      ...told,
      prompt: 'Fix the sum.',
      repository: 'acme/calculator',
      baseBranch: 'main',
      baseSha: 'a'.repeat(40),
      date: '2026-11-22',
      limits: { max_turns: 150, wall_clock_ms: 2_700_000, budget_micro_usd: 2_000_000 },
      instructions: [],
      overview: '',
    });
    const standin = await startModel(scriptedActor([submitTurn]));
    await run({ standin, task: { first } });
    const [sent] = standin.requests();
    const { messages } = sent!.body as { messages: { content: object[] }[] };
    expect(messages[0]?.content).toMatchObject([
      { type: 'text', text: expect.stringContaining('<attached_file name="c.log">') },
      { type: 'text', text: expect.stringContaining('<attached_image name="a.png">') },
      {
        type: 'image',
        source: { media_type: 'image/png', data: greyPng(4, 3).toString('base64') },
        cache_control: { type: 'ephemeral', ttl: '1h' },
      },
      { type: 'text', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'Work on the task now.' },
    ]);
  });
});
