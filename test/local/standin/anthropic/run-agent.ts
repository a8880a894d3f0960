import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { tools, type Workspace } from './tool-runner.ts';

const Submission = z.object({
  title: z.string(),
  summary: z.string(),
  changes: z.array(z.string()),
  verification: z.array(z.object({ command: z.string(), outcome: z.string() })),
  not_done: z.array(z.string()),
  risks: z.array(z.string()),
});
export type Submission = z.infer<typeof Submission>;

export type Run = {
  submission: Submission;
  /** Tool names by turn. */
  turns: string[][];
  messages: Anthropic.MessageParam[];
  usages: Anthropic.Usage[];
};

export type Job = {
  workspace: Pick<Workspace, 'run'>;
  prompt: string;
  /** The tools of the request; those of the small runner by default. */
  offered?: Anthropic.Tool[];
};

/** Plays one conversation to its submit with the SDK and the tools of a workspace. */
export async function runAgent(
  client: Anthropic,
  { workspace, prompt, offered = tools }: Job,
): Promise<Run> {
  const messages: Anthropic.MessageParam[] = [
    {
      role: 'user',
      content: [
        { type: 'text', text: `<task>\n${prompt}\n</task>` },
        { type: 'text', text: '<repo_overview>\na small Node project\n</repo_overview>' },
      ],
    },
  ];
  const run: Omit<Run, 'submission'> = { turns: [], messages, usages: [] };
  while (run.turns.length < 20) {
    const message = await client.messages
      .stream({
        model: 'claude-sonnet-5-5',
        max_tokens: 32_000,
        thinking: { type: 'adaptive', display: 'summarized' },
        cache_control: { type: 'ephemeral' },
        system: [{ type: 'text', text: 'You work on a repository.' }],
        tools: offered,
        messages,
      })
      .finalMessage();
    run.usages.push(message.usage);
    const uses = message.content.filter((block) => block.type === 'tool_use');
    run.turns.push(uses.map(({ name }) => name));
    const submit = uses.find(({ name }) => name === 'submit');
    if (submit !== undefined) return { ...run, submission: Submission.parse(submit.input) };
    const results: Anthropic.ToolResultBlockParam[] = [];
    for (const { id, name, input } of uses) {
      const { content, isError } = await workspace.run(name, input);
      results.push({
        type: 'tool_result',
        tool_use_id: id,
        is_error: isError,
        ...(content === '' ? {} : { content }),
      });
    }
    messages.push({ role: 'assistant', content: message.content });
    messages.push({ role: 'user', content: results });
  }
  throw new Error('no submit within twenty turns');
}
