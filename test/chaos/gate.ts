import {
  Agent,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Act,
  type Answer,
  type Call,
  type Caller,
  type CallRecord,
  type CallRequest,
  type Interposer,
  pass,
  type Service,
  type Verdict,
} from './call.ts';
import { nameOf, serviceOf } from './call-name.ts';
import { bodyOf, forwardTo } from './forward.ts';
import { sendAnswer } from './send-answer.ts';
import { sendStream } from './send-stream.ts';

/** Where a service really is: an address, or a function of this process. */
export type Upstream = string | ((request: CallRequest) => Promise<Answer>);

/** One address for everything that a process calls. */
export type Door = Readonly<{ url: string; close: () => Promise<void> }>;

/**
 * The one way out for all processes of the product. Each process has a door of its own, so that every call is known
 * by its caller.
 */
export type Gate = Readonly<{
  /** Opens a door on 127.0.0.1. */
  open: (caller: Caller) => Promise<Door>;
  /** Lets this function decide about each call from now on; undefined lets all pass. */
  install: (interposer: Interposer | undefined) => void;
  /** Begins a case: forgets calls and counts. */
  reset: () => void;
  /** The calls of the case, in the order in which they came. */
  calls: () => readonly CallRecord[];
  close: () => Promise<void>;
}>;

type State = {
  interposer: Interposer | undefined;
  calls: CallRecord[];
  counts: Map<string, number>;
  /** What is to be done to a process when it calls next. */
  pending: Map<Caller, Pending>;
  /** By the token that the broker handed out. */
  bearers: Map<string, Caller>;
};
type Pending = Readonly<{ act: Act; call: Call; timer: NodeJS.Timeout }>;

type Deps = Readonly<{
  upstreams: Readonly<Record<Service, Upstream>>;
  agent: Agent;
  state: State;
}>;

/** Makes the gate before the given services. */
export function createGate(upstreams: Readonly<Record<Service, Upstream>>): Gate {
  const agent = new Agent({ keepAlive: true });
  const state: State = {
    interposer: undefined,
    calls: [],
    counts: new Map(),
    pending: new Map(),
    bearers: new Map(),
  };
  const deps: Deps = { upstreams, agent, state };
  const servers = new Set<Server>();
  const closeServer = (server: Server) =>
    new Promise<void>((resolve) => {
      servers.delete(server);
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    open: (caller) =>
      new Promise((resolve, reject) => {
        const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
          handle(deps, {
            caller,
            request,
            response,
            refuse: (ms) => shut(server, { ms, until: () => !servers.has(server) }),
          }).catch(() => response.destroy());
        });
        servers.add(server);
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => {
          const port = portOf(server);
          resolve({ url: `http://127.0.0.1:${port}`, close: () => closeServer(server) });
        });
      }),
    install: (interposer) => {
      state.interposer = interposer;
    },
    reset: () => {
      state.calls = [];
      state.counts = new Map();
      for (const { timer } of state.pending.values()) clearTimeout(timer);
      state.pending = new Map();
      state.bearers = new Map();
    },
    calls: () => state.calls,
    close: async () => {
      await Promise.all([...servers].map(closeServer));
      agent.destroy();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Refuses connections for so long; what is under way goes on. Unless it is closed for good meanwhile. */
function shut(server: Server, { ms, until }: { ms: number; until: () => boolean }): void {
  if (!server.listening) return;
  const port = portOf(server);
  server.close();
  setTimeout(() => {
    if (!until()) server.listen(port, '127.0.0.1');
  }, ms);
}

type Exchange = Readonly<{
  caller: Caller;
  request: IncomingMessage;
  response: ServerResponse;
  refuse: (ms: number) => void;
}>;

async function handle(deps: Deps, exchange: Exchange): Promise<void> {
  const { request, response, refuse } = exchange;
  response.on('error', () => undefined);
  const received: CallRequest = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: request.headers,
    body: await bodyOf(request),
  };
  const record = enter(deps.state, exchange.caller, received);
  if (await strikesNow(deps.state, record)) return cut(response);
  const verdict = (await deps.state.interposer?.(record)) ?? pass;
  record.verdict = verdict.type;
  await play(deps, { record, response, refuse, verdict });
}

function enter(state: State, given: Caller, request: CallRequest): CallRecord {
  const service = serviceOf(request);
  const caller = bearerOf(state, request) ?? given;
  const name = beatOf(state, caller, nameOf(service, request));
  const job = caller.jobId === undefined ? undefined : Number(caller.jobId.split('-').at(-1));
  const counted = `${caller.from} ${job} ${service} ${name}`;
  const nth = (state.counts.get(counted) ?? 0) + 1;
  state.counts.set(counted, nth);
  const record: CallRecord = {
    seq: state.calls.length + 1,
    at: Date.now(),
    service,
    from: caller.from,
    jobId: caller.jobId,
    job,
    attempt: caller.attempt,
    name,
    nth,
    request,
    caller,
    verdict: 'pass',
  };
  state.calls.push(record);
  return record;
}

/** How often a heart beats depends on the machine: what belongs to it has a name of its own. */
function beatOf(state: State, caller: Caller, name: string): string {
  if (name === 'write update job{due_at,lease_until}') return 'heartbeat';
  return name === 'GetItem job' && readsBeat(state, caller) ? beatRead : name;
}

const beatRead = 'GetItem job of a heartbeat';

/** Each heartbeat that was taken is followed by one read. On a slow machine two are under way at once. */
function readsBeat({ calls }: State, caller: Caller): boolean {
  const theirs = calls.filter((call) => call.caller === caller);
  const taken = theirs.filter(({ name, status }) => name === 'heartbeat' && status === 200);
  return taken.length > theirs.filter(({ name }) => name === beatRead).length;
}

/** Git's address is the same for all workers, because it stands in links; its token tells who calls. */
function bearerOf(state: State, { headers }: CallRequest): Caller | undefined {
  const [, encoded] = /^basic (.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  return state.bearers.get(Buffer.from(encoded, 'base64').toString('utf8').split(':')[1] ?? '');
}

async function strikesNow(state: State, { caller }: Call): Promise<boolean> {
  const pending = state.pending.get(caller);
  if (!pending) return false;
  clearTimeout(pending.timer);
  state.pending.delete(caller);
  return (await pending.act(pending.call)) !== 'go_on';
}

type Played = Readonly<{
  record: CallRecord;
  response: ServerResponse;
  refuse: (ms: number) => void;
  verdict: Verdict;
}>;

async function play(deps: Deps, { record, response, refuse, verdict }: Played): Promise<void> {
  switch (verdict.type) {
    case 'reply':
      return sendAnswer(response, verdict.answer);
    case 'cut':
      if (verdict.after) broken(record, await forward(deps, record), '');
      return cut(response);
    case 'refuse':
      refuse(verdict.ms);
      return cut(response);
    case 'before': {
      const outcome = await verdict.act(record);
      return outcome === 'go_on' ? through(deps, record, response) : cut(response);
    }
    case 'after': {
      const answer = await forward(deps, record);
      const outcome = await verdict.act(record);
      return outcome === 'go_on' ? sendAnswer(response, answer) : cut(response);
    }
    case 'answered': {
      await through(deps, record, response);
      const { caller } = record;
      const timer = setTimeout(() => void strikesNow(deps.state, record), 250);
      deps.state.pending.set(caller, { act: verdict.act, call: record, timer });
      return undefined;
    }
    case 'change': {
      const answer = await forward(deps, record);
      const changed = await verdict.answer(answer);
      broken(record, answer, changed.body.toString('utf8'));
      return sendAnswer(response, changed);
    }
    case 'delay':
      await sleep(verdict.ms);
      return through(deps, record, response);
    case 'stream':
      return sendStream(response, await forward(deps, record), verdict);
    case 'pass':
      return through(deps, record, response);
  }
}

/** What a model wrote costs money only as far as it got out. */
function broken(record: CallRecord, { body }: Answer, sent: string): void {
  if (record.service === 'anthropic') record.stream = { whole: body.toString('utf8'), sent };
}

function cut(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

async function through(deps: Deps, record: CallRecord, response: ServerResponse): Promise<void> {
  let answer: Answer;
  try {
    answer = await forward(deps, record);
  } catch {
    // Nobody there: the caller sees a connection that broke, as it would without us.
    return cut(response);
  }
  return sendAnswer(response, answer);
}

/** The whole answer of the service behind. */
async function forward(deps: Deps, record: CallRecord): Promise<Answer> {
  const upstream = deps.upstreams[record.service];
  const answer =
    typeof upstream === 'string'
      ? await forwardTo(deps.agent, upstream, record.request)
      : await upstream(record.request);
  record.status = answer.status;
  record.answeredAt = Date.now();
  if (record.service === 'broker') learn(deps.state, record.caller, answer);
  return answer;
}

function learn(state: State, caller: Caller, { body }: Answer): void {
  const token = /"token":"([^"]+)"/.exec(body.toString('utf8'))?.[1];
  if (token !== undefined) state.bearers.set(token, caller);
}
