import type { ServerResponse } from 'node:http';
import type { Answer, Verdict } from './call.ts';

type StreamVerdict = Extract<Verdict, { type: 'stream' }>;

/** Sends an answer in two parts and does to the second what the verdict says. Resolves when nothing more comes. */
export async function sendStream(
  response: ServerResponse,
  answer: Answer,
  { at, then }: StreamVerdict,
): Promise<void> {
  const cutAt = 'bytes' in at ? at.bytes : placeOfEvent(answer.body, at.events);
  const first = answer.body.subarray(0, cutAt);
  const rest = answer.body.subarray(cutAt);
  const headers = Object.entries(answer.headers).filter(([name]) => name !== 'content-length');
  response.writeHead(answer.status, Object.fromEntries(headers) as Record<string, string>);
  await written(response, first);
  if (then === 'cut') {
    response.socket?.resetAndDestroy();
    return;
  }
  const tail = then === 'end' ? Buffer.alloc(0) : Buffer.concat([Buffer.from(then.insert), rest]);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(tail, resolve);
  });
}

/** Where the event after the first `count` begins: events end with an empty line. */
function placeOfEvent(body: Buffer, count: number): number {
  let place = 0;
  for (let index = 0; index < count; index += 1) {
    const end = body.indexOf('\n\n', place);
    if (end < 0) return body.length;
    place = end + 2;
  }
  return place;
}

/** Resolves when the bytes have left this process, so that a cut behind them does not swallow them. */
function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes.length > 0 ? bytes : ':\n', () => setTimeout(resolve, 20));
  });
}
