import { z } from 'zod';
import type { Github } from '../../core/github/octokit.ts';
import type { RepositoryRef } from '../../core/request.ts';
import { createPlainOutput } from '../tools/plain-output.ts';

type Job = Readonly<{ repository: Pick<RepositoryRef, 'owner' | 'name'>; job_id: number }>;

/** A log may be hundreds of megabytes: its end is what tells why a job failed. */
const keptBytes = 256 * 1024;
const longestBytes = 64 * 1024 * 1024;
const timeoutMs = 30_000;

const maxLines = 150;
/** After the last error come the steps that clean up. */
const linesAfterError = 5;

const Moved = z.object({ location: z.string() });

/**
 * Returns the end of the log of a job of GitHub Actions, as plain lines without their times. Throws what Octokit and
 * fetch throw. The log lies elsewhere, at an address that is good for a minute; no token is sent there.
 * Source: GitHub REST, "Download job logs for a workflow run".
 */
export async function jobLogTail(github: Github, { repository, job_id }: Job): Promise<string> {
  const { headers } = await github.request('GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs', {
    owner: repository.owner,
    repo: repository.name,
    job_id,
    request: { redirect: 'manual' },
  });
  const { location } = Moved.parse(headers);
  const answer = await fetch(location, { signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok || !answer.body) throw new Error(`The log answered ${answer.status}`);
  return logTail(await endOf(answer.body));
}

/** The last bytes of a stream. */
async function endOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  let kept = Buffer.alloc(0);
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    kept = Buffer.concat([kept, chunk]);
    if (kept.length > 2 * keptBytes) kept = kept.subarray(-keptBytes);
    if (length > longestBytes) break;
  }
  return kept.subarray(-keptBytes);
}

/** Returns the lines of a log that lead to its last error, or its last lines. Pure. */
export function logTail(bytes: Buffer): string {
  const plain = createPlainOutput();
  const text = plain.push(bytes) + plain.end();
  const lines = text.split(/\r?\n/).map(withoutTime);
  const error = lines.findLastIndex((line) => line.startsWith('##[error]'));
  const end = error === -1 ? lines.length : error + 1 + linesAfterError;
  return lines.slice(0, end).join('\n').trimEnd().split('\n').slice(-maxLines).join('\n');
}

/** Actions puts a time in front of each line, and a byte order mark in front of the first. */
function withoutTime(line: string): string {
  return line.replace(/^\uFEFF?\d{4}-\d\d-\d\dT[\d:.]+Z ?/, '');
}
