import { type WireAnswer, jsonAnswer } from './answers.ts';
import { type Fault, type FaultCall, answering, changing, fault } from './fault.ts';

const isModel = ({ service }: FaultCall) => service === 'anthropic';
const isMessage = (call: FaultCall) =>
  isModel(call) &&
  call.request.method === 'POST' &&
  /^\/v1\/messages(\?|$)/.test(call.request.path);

const requestId = 'req_011CChaos0000000000000000';

type More = Readonly<{ headers?: Readonly<Record<string, string>>; errorCode?: string }>;

/** An error as the Messages API shapes it. */
export function modelError(
  status: number,
  type: string,
  { message = 'No details', headers = {}, errorCode }: More & { message?: string } = {},
): WireAnswer {
  return jsonAnswer(
    status,
    {
      type: 'error',
      error: { type, message, ...(errorCode ? { details: { error_code: errorCode } } : {}) },
      request_id: requestId,
    },
    { 'content-type': 'application/json', 'request-id': requestId, ...headers },
  );
}

type Refusal = More &
  Readonly<{ name?: string; status: number; type: string; kind?: Fault['kind'] }>;

function refused({ status, type, kind = 'passing', ...more }: Refusal): Fault {
  const { name = String(status), ...rest } = more;
  return answering({ name, kind, meets: isModel }, () => modelError(status, type, rest));
}

/** What the API says before a stream begins. */
const early: readonly Fault[] = [
  refused({
    name: '429, retry-after',
    status: 429,
    type: 'rate_limit_error',
    headers: { 'retry-after': '1' },
  }),
  refused({ name: '429, no retry-after', status: 429, type: 'rate_limit_error' }),
  refused({ status: 500, type: 'api_error' }),
  refused({ status: 503, type: 'api_error' }),
  refused({ status: 529, type: 'overloaded_error' }),
  refused({ status: 408, type: 'timeout_error' }),
  refused({ status: 409, type: 'conflict_error' }),
  refused({ status: 400, type: 'invalid_request_error', kind: 'final' }),
  refused({ status: 401, type: 'authentication_error', kind: 'final' }),
  refused({ status: 403, type: 'permission_error', kind: 'final' }),
  refused({ status: 404, type: 'not_found_error', kind: 'final' }),
  refused({ status: 413, type: 'request_too_large', kind: 'final' }),
  refused({ status: 402, type: 'billing_error', kind: 'final' }),
  refused({
    name: '429 spend limit',
    status: 429,
    type: 'rate_limit_error',
    kind: 'final',
    errorCode: 'enforced_spend_limit_reached',
  }),
];

/** The events of a stream that is whole, each with its empty line. */
export function eventsOf(stream: Buffer): readonly Buffer[] {
  const events: Buffer[] = [];
  let from = 0;
  for (let at = stream.indexOf('\n\n'); at !== -1; at = stream.indexOf('\n\n', from)) {
    events.push(stream.subarray(from, at + 2));
    from = at + 2;
  }
  return events;
}

/** A stream of these events alone; the connection ends as if they were all, or is cut. */
function stream(upstream: WireAnswer, events: readonly Buffer[], ended: 'cleanly' | 'cut') {
  const body = Buffer.concat([...events]);
  const kept = Object.entries(upstream.headers).filter(
    ([name]) => !['content-length', 'transfer-encoding'].includes(name.toLowerCase()),
  );
  const length = ended === 'cut' ? body.length + 1 : body.length;
  return {
    ...upstream,
    headers: { ...Object.fromEntries(kept), 'content-length': String(length) },
    body,
  };
}

const event = (type: string, data: object) =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);

type Place = 'nothing' | 'message_start' | 'middle' | 'before message_stop';

const places: readonly Place[] = ['nothing', 'message_start', 'middle', 'before message_stop'];

/** The events up to a place. */
function upTo(all: readonly Buffer[], place: Place): readonly Buffer[] {
  switch (place) {
    case 'nothing':
      return [];
    case 'message_start':
      return all.slice(0, 1);
    case 'middle':
      return all.slice(0, Math.max(1, Math.floor(all.length / 2)));
    case 'before message_stop':
      return all.filter((one) => !one.toString('utf8').startsWith('event: message_stop'));
  }
}

const error = (type: string) =>
  event('error', { error: { type, message: 'Overloaded' }, request_id: requestId });

const streamed = (name: string, answer: (upstream: WireAnswer) => WireAnswer) =>
  changing({ name, meets: isMessage }, (upstream) =>
    upstream.status === 200 ? answer(upstream) : upstream,
  );

/** What happens to a stream that has begun: the call costs money, and its answer is not whole. */
const inStream: readonly Fault[] = places.flatMap((place) => [
  streamed(`cut after ${place}`, (upstream) =>
    stream(upstream, upTo(eventsOf(upstream.body), place), 'cut'),
  ),
  streamed(`ends after ${place}`, (upstream) =>
    stream(upstream, upTo(eventsOf(upstream.body), place), 'cleanly'),
  ),
  ...['overloaded_error', 'api_error'].map((type) =>
    streamed(`${type} after ${place}`, (upstream) =>
      stream(upstream, [...upTo(eventsOf(upstream.body), place), error(type)], 'cleanly'),
    ),
  ),
]);

/** Inside of an event: what came is no JSON. */
const inEvent: readonly Fault[] = [
  streamed('cut inside of an event', (upstream) => {
    const half = upstream.body.subarray(0, Math.floor(upstream.body.length * 0.6));
    return stream(upstream, [half], 'cut');
  }),
  streamed('an event is no JSON', (upstream) => {
    const all = eventsOf(upstream.body);
    const broken = Buffer.from('event: content_block_delta\ndata: {"type":"content_bl\n\n');
    return stream(upstream, [...all.slice(0, 2), broken, ...all.slice(2)], 'cleanly');
  }),
  streamed('pings and unknown events', (upstream) => {
    const more = [event('ping', {}), event('weather_report', { sky: 'clear' })];
    return stream(
      upstream,
      eventsOf(upstream.body).flatMap((one) => [...more, one]),
      'cleanly',
    );
  }),
];

/** What the Messages API can do. */
export const anthropicFaults: readonly Fault[] = [...early, ...inStream, ...inEvent];

/** Silence in place of an answer: longer than the product listens. */
export const silent: Fault = fault({ name: 'silence', slow: true, meets: isMessage }, () => ({
  type: 'delay',
  ms: 16_000,
}));
