import type { NotFetched } from '../../../core/gathered-context.ts';
import { type AttachmentHosts, isAttachment } from '../../../core/github/attachment-hosts.ts';

/** The bytes of an attachment, or why there are none. */
export type Fetched =
  Readonly<{ type: 'bytes'; bytes: Buffer }> | Readonly<{ type: 'failed'; reason: NotFetched }>;

const maxHops = 3;
/** For all hops: the person waits for an answer. */
const timeoutMs = 6_000;

/**
 * Loads an attachment of at most `maxBytes` from a place of the list. It is asked for without any credential, and sent
 * on only to places of the list. Never throws: what goes wrong is a reason.
 */
export async function fetchAttachment(
  address: string,
  { hosts, maxBytes }: Readonly<{ hosts: AttachmentHosts; maxBytes: number }>,
): Promise<Fetched> {
  const signal = AbortSignal.timeout(timeoutMs);
  let url = address;
  try {
    for (let hop = 0; hop < maxHops; hop += 1) {
      if (!isAttachment(url, hosts, { sent: hop > 0 })) return failed('other_host');
      const response = await fetch(url, {
        redirect: 'manual',
        signal,
        headers: { 'user-agent': 'cody-batch' },
      });
      const to = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && to !== null) {
        await response.body?.cancel();
        url = new URL(to, url).href;
        continue;
      }
      return await readAnswer(response, maxBytes);
    }
    return failed('unreachable');
  } catch {
    // No connection, too slow, broken off: whatever it was, the request goes on without it.
    return failed('unreachable');
  }
}

async function readAnswer(response: Response, maxBytes: number): Promise<Fetched> {
  if (!response.ok) {
    await response.body?.cancel();
    return failed(response.status >= 500 ? 'unreachable' : 'not_shown');
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return failed('too_large');
    chunks.push(chunk);
  }
  return { type: 'bytes', bytes: Buffer.concat(chunks) };
}

function failed(reason: NotFetched): Fetched {
  return { type: 'failed', reason };
}
