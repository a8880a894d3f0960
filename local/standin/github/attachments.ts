import { randomBytes, randomUUID } from 'node:crypto';
import type { Ledger, WireAnswer, WireRequest } from './pipeline.ts';

/** A file that a person drops into a text. */
export type NewAttachment = Readonly<{
  name: string;
  bytes: Uint8Array;
  type: string;
  /** Links to it are sent on to where it is kept, as those to files of public repositories are. Default false. */
  public?: boolean;
}>;

/** What people attach: one address for texts, and another one, good for one load within a minute, in rendered texts. */
export type Attachments = Readonly<{
  /** Keeps a file and returns the path that stands in texts. */
  add: (file: NewAttachment) => string;
  /** An address to load the file from; other addresses come back as they are. */
  sign: (address: string) => string;
  serves: (pathname: string) => boolean;
  answer: (request: WireRequest) => WireAnswer;
}>;

const aliveMs = 60_000;
const named = '/user-attachments/';
const kept = '/storage/user/';

/** Creates an empty store on the given clock (ms). `origin` is asked for late: the port is not known at first. */
export function createAttachments(
  options: Readonly<{ origin: () => string; now: () => number }>,
): Attachments {
  const { origin, now } = options;
  const files = new Map<string, NewAttachment>();
  const grants = new Map<string, Readonly<{ path: string; until: number }>>();

  const sign = (address: string): string => {
    const path = address.startsWith(origin()) ? address.slice(origin().length) : address;
    const file = files.get(path);
    if (!file) return address;
    const token = randomBytes(16).toString('hex');
    grants.set(token, { path, until: now() + aliveMs });
    return `${origin()}${kept}1/files/${path.split('/')[3] ?? ''}/${file.name}?token=${token}`;
  };

  const load = (token: string): NewAttachment | undefined => {
    const grant = grants.get(token);
    grants.delete(token);
    return grant && grant.until > now() ? files.get(grant.path) : undefined;
  };

  return {
    add: (file) => {
      const kind = file.type.startsWith('image/') ? 'assets' : 'files';
      const path = `${named}${kind}/${randomUUID()}${kind === 'files' ? `/${file.name}` : ''}`;
      files.set(path, file);
      return path;
    },
    sign,
    serves: (pathname) => pathname.startsWith(named) || pathname.startsWith(kept),
    answer: ({ url, method, headers }) => {
      // Where files are kept, a token of the API means nothing and must never arrive.
      if (headers.has('authorization')) return refusal(400);
      if (method !== 'GET') return refusal(405);
      const path = decodeURIComponent(url.pathname);
      if (path.startsWith(named))
        return files.get(path)?.public ? sentOn(sign(path)) : refusal(404);
      const file = load(url.searchParams.get('token') ?? '');
      return file ? whole(file) : refusal(404);
    },
  };
}

function whole({ bytes, type }: NewAttachment): WireAnswer {
  const headers = { 'content-type': type, 'cache-control': 'private' };
  return { type: 'answer', status: 200, headers, body: Buffer.from(bytes) };
}

function sentOn(location: string): WireAnswer {
  return { type: 'answer', status: 302, headers: { location }, body: Buffer.alloc(0) };
}

function refusal(status: number): WireAnswer {
  const headers = { 'content-type': 'text/plain' };
  return { type: 'answer', status, headers, body: Buffer.from('refused') };
}

/** Where browsers and programs load them, on the same port as everything else. */
export function attachmentDoor({ serves, answer }: Attachments, record: Ledger) {
  return {
    serves,
    handle: async (request: WireRequest): Promise<WireAnswer> => {
      const given = answer(request);
      record(request, { type: 'anonymous' }, given);
      return given;
    },
  };
}
