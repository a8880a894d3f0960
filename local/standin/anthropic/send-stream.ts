import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorType } from './api-error.ts';
import type { StreamFault } from './faults.ts';
import { encodeEvent, type StreamEvent } from './stream-events.ts';

type Step =
  | Readonly<{ type: 'event'; event: StreamEvent }>
  | Readonly<{ type: 'stall'; pingEveryMs: number | null }>
  | Readonly<{ type: 'cut' }>;

const PING_EVERY_MS = 50;
/** What was written before a cut gets this long to be read. */
const FLUSH_MS = 25;

/** Writes the events to a response whose headers are set, with the fault in its place, and ends it. */
export async function sendStream(
  response: ServerResponse,
  events: readonly StreamEvent[],
  fault: StreamFault | null,
): Promise<void> {
  const delayMs = fault?.type === 'slow_drip' ? fault.delayMs : 0;
  for (const step of planSteps(events, fault)) {
    if (response.destroyed) return;
    switch (step.type) {
      case 'event':
        if (delayMs > 0) await sleep(delayMs);
        await writeInHalves(response, encodeEvent(step.event));
        break;
      case 'cut':
        await sleep(FLUSH_MS);
        response.destroy();
        return;
      case 'stall':
        await stall(response, step.pingEveryMs);
        return;
    }
  }
  response.end();
}

function planSteps(events: readonly StreamEvent[], fault: StreamFault | null): Step[] {
  const steps = events.map((event): Step => ({ type: 'event', event }));
  const middle = Math.ceil(events.length / 2);
  switch (fault?.type) {
    case undefined:
    case 'slow_drip':
      return steps;
    case 'missing_message_stop':
      return steps.slice(0, -1);
    case 'error_event': {
      const type = fault.errorType ?? errorType(529);
      const error = { type, message: 'The scripted model was told to fail here.' };
      return [...steps.slice(0, middle), { type: 'event', event: { type: 'error', error } }];
    }
    case 'cut_in_tool_json':
      return [...steps.slice(0, insideToolJson(events)), { type: 'cut' }];
    case 'stall':
      return [
        ...steps.slice(0, middle),
        { type: 'stall', pingEveryMs: fault.pings ? (fault.pingEveryMs ?? PING_EVERY_MS) : null },
      ];
  }
}

// Two pieces of the first tool call's input have gone out: the empty one and one character.
function insideToolJson(events: readonly StreamEvent[]): number {
  return events.findIndex(isToolJson) + 2;
}

function isToolJson({ delta }: StreamEvent): boolean {
  return (
    typeof delta === 'object' &&
    delta !== null &&
    'type' in delta &&
    delta.type === 'input_json_delta'
  );
}

// Cuts the bytes where they hurt: inside a multi-byte character if there is one.
async function writeInHalves(response: ServerResponse, bytes: Buffer): Promise<void> {
  const lead = bytes.findIndex((byte) => byte >= 0xc0);
  const at = lead === -1 ? Math.floor(bytes.length / 2) : lead + 1;
  response.write(bytes.subarray(0, at));
  if (lead !== -1) await sleep(1);
  response.write(bytes.subarray(at));
}

async function stall(response: ServerResponse, pingEveryMs: number | null): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    response.once('close', () => resolve());
  });
  const pings =
    pingEveryMs === null
      ? null
      : setInterval(() => response.write(encodeEvent({ type: 'ping' })), pingEveryMs);
  await closed;
  if (pings !== null) clearInterval(pings);
}
