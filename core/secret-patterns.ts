/** A part of a text, in UTF-16 units. */
export type Span = Readonly<{ start: number; end: number }>;

/** Kinds of secrets that are known by their shape. */
export type SecretPattern =
  | 'github_token'
  | 'github_pat'
  | 'anthropic_key'
  | 'aws_key'
  | 'slack_token'
  | 'jwt'
  | 'private_key'
  | 'url_credentials';

type Pattern = Readonly<{ kind: SecretPattern; regex: RegExp; trim?: (match: string) => Span }>;

/*
 * None of these may backtrack over input that another start also reads: a match either begins at a fixed prefix whose
 * characters end the run before it, or its length is bounded. A test holds them to linear time.
 */
const patterns: readonly Pattern[] = [
  // Since April 2026 installation tokens may be `ghs_<app id>_<JWT>`, about 520 characters with dots.
  { kind: 'github_token', regex: /gh[pousr]_[A-Za-z0-9._-]{36,}/g },
  { kind: 'github_pat', regex: /github_pat_[A-Za-z0-9_]{22,}/g },
  { kind: 'anthropic_key', regex: /sk-ant-[A-Za-z0-9_-]{20,}/g },
  { kind: 'aws_key', regex: /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/g },
  { kind: 'slack_token', regex: /xox[a-z]-[A-Za-z0-9-]{10,}/g },
  {
    kind: 'jwt',
    regex: /(?<![\w-])[\w-]{10,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g,
    trim: (match) => ({ start: jwtStart(match), end: match.length }),
  },
  {
    kind: 'url_credentials',
    regex: /:\/\/[^\s/:@"'`<>\\]+:[^\s/"'`<>\\]+@/g,
    trim: (match) => ({ start: 3, end: match.length - 1 }),
  },
];

/** Returns every part of the text that looks like a secret, with its kind; parts may overlap. */
export function findPatterns(text: string): (Span & Readonly<{ kind: SecretPattern }>)[] {
  const found = patterns.flatMap(({ kind, regex, trim }) =>
    text
      .matchAll(regex)
      .map((match) => {
        const { start, end } = trim?.(match[0]) ?? { start: 0, end: match[0].length };
        return { kind, start: match.index + start, end: match.index + end };
      })
      .filter((span) => span.start < span.end)
      .toArray(),
  );
  const keys = findPrivateKeys(text).map((span) => ({ kind: 'private_key' as const, ...span }));
  return [...found, ...keys];
}

/** A header in base64 starts with `eyJ` (`{"`); what stands before it belongs to the text. */
function jwtStart(match: string): number {
  const at = match.indexOf('eyJ');
  // Without one in the first part this is no JWT: an empty span.
  return at < 0 || at > match.indexOf('.') ? match.length : at;
}

/** Longer blocks are no keys: the END of another one is not searched in the whole text. */
const longestKey = 16_384;

function findPrivateKeys(text: string): Span[] {
  const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
  const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
  const spans: Span[] = [];
  let close = end.exec(text);
  for (let open = begin.exec(text); open; open = begin.exec(text)) {
    while (close && close.index < begin.lastIndex) close = end.exec(text);
    const span = keySpan(text, { open, close });
    spans.push(span);
    begin.lastIndex = span.end;
  }
  return spans;
}

type Markers = Readonly<{ open: RegExpExecArray; close: RegExpExecArray | null }>;

function keySpan(text: string, { open, close }: Markers): Span {
  const start = open.index;
  const body = start + open[0].length;
  if (close && close.index - body <= longestKey) {
    const between = text.slice(body, close.index);
    // A quote ends the string that holds the key: its END belongs to something else.
    if (!/["'`<>]/.test(between)) return { start, end: close.index + close[0].length };
  }
  // A key that was cut: the base64 that follows, with real or escaped line ends.
  const cut = /(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{16,})*/y;
  cut.lastIndex = body;
  return { start, end: body + (cut.exec(text)?.[0].length ?? 0) };
}
