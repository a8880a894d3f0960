import { once } from 'node:events';
import { createServer } from 'node:http';
import { createGithub } from '../../../core/github/octokit.ts';
import { createLog } from '../../../core/log.ts';
import { redactEvent } from '../../../core/redact-event.ts';
import { exampleThread } from '../../core/render/examples.ts';
import type { ThreadEvent } from '../../../core/thread.ts';

type Redact = (text: string) => string;

/** The lines that a log keeps of a text, in its fields. */
export function logged(text: string, redact: Redact): string {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'debug', name: 'threats', redact, stream });
  log.info({ text, deep: { list: [text], [text]: 1 } }, 'Something was said');
  log.child({ said: text }).warn('Something was said before');
  return lines.join('');
}

/** The same of an error as clients of HTTP throw it, with the request and its credential hanging on it. */
export function loggedError(text: string, credential: string, redact: Redact): string {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'debug', name: 'threats', redact, stream });
  const error = new Error(`answered ${text}`, { cause: new Error(`because ${text}`) });
  Object.assign(error, {
    code: text,
    request: { headers: { authorization: `Basic ${credential}`, cookie: text } },
    response: { data: text },
  });
  log.error({ err: error, error }, 'It failed');
  return lines.join('');
}

/** All events of a thread with the text in every place that a model or a command fills, as they are kept. */
export function transcript(text: string, redact: Redact): string {
  const events = exampleThread(1).events.map((event) => redactEvent(filled(event, text), redact));
  return JSON.stringify(events);
}

function filled(event: ThreadEvent, text: string): ThreadEvent {
  switch (event.type) {
    case 'turn': {
      const tools = event.tools.map((tool) => ({ ...tool, input: text, output: text }));
      return { ...event, text, thinking: text, tools };
    }
    case 'notice':
      return { ...event, text };
    case 'outcome':
      return { ...event, sentence: text };
    case 'setup':
    case 'verification':
      return { ...event, command: text, output_tail: text };
  }
}

const silent = () => undefined;

/** What GitHub gets when the text stands in calls of every kind that writes words. */
export async function called(text: string, redact: Redact): Promise<string> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString('utf8')));
    request.on('end', () =>
      response.writeHead(201, { 'content-type': 'application/json' }).end('{}'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const baseUrl = `http://127.0.0.1:${port}`;
    const { rest } = createGithub({ baseUrl, token: 'none', log, redact, pacing: 0 });
    const at = { owner: 'acme', repo: 'web' };
    const sha = '1'.repeat(40);
    await rest.issues.createComment({ ...at, issue_number: 1, body: text });
    await rest.pulls.create({ ...at, title: text, body: text, head: 'a', base: 'b' });
    await rest.git.createCommit({ ...at, message: text, tree: sha, parents: [sha] });
    const output = { title: text, summary: text, text };
    await rest.checks.create({ ...at, name: 'Cody', head_sha: sha, output });
    return bodies.join('\n');
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
