import type { Answer } from '../call.ts';

/** An HTTP answer as it goes over the wire. A `content-length` that is given is sent as it stands, true or not. */
export type WireAnswer = Answer;

/** A JSON answer with its true length. */
export function jsonAnswer(
  status: number,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  return textAnswer(status, JSON.stringify(content), {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });
}

/** An answer with these bytes and their true length. */
export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): WireAnswer {
  const body = Buffer.from(text, 'utf8');
  return { status, headers: { ...headers, 'content-length': String(body.length) }, body };
}

/** What a load balancer says in place of the service behind it. */
export function htmlAnswer(status: 500 | 502 | 503 | 504): WireAnswer {
  const title = `${status} ${titles[status]}`;
  return textAnswer(
    status,
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    { 'content-type': 'text/html' },
  );
}

const titles = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
} as const;

/** The first half of an answer under a length that fits it: the text itself is broken. */
export function truncated(answer: WireAnswer): WireAnswer {
  const body = answer.body.subarray(0, Math.floor(answer.body.length / 2));
  return { ...answer, headers: withLength(answer.headers, body.length), body };
}

/** The first half of an answer under the length of the whole: the connection ends too early. */
export function cutShort(answer: WireAnswer): WireAnswer {
  const body = answer.body.subarray(0, Math.floor(answer.body.length / 2));
  return { ...answer, headers: withLength(answer.headers, answer.body.length), body };
}

function withLength(headers: WireAnswer['headers'], length: number): WireAnswer['headers'] {
  const kept = Object.entries(headers).filter(
    ([name]) => !['content-length', 'transfer-encoding'].includes(name.toLowerCase()),
  );
  return { ...Object.fromEntries(kept), 'content-length': String(length) };
}
