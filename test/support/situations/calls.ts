import type { LedgerEntry } from '../../../local/standin/github/pipeline.ts';
import { markerIn } from './marker-in.ts';
import type { Plain } from './plain.ts';

/** What the App asked of GitHub and what it wrote there, each text as it stood last. */
export type Told = Readonly<{
  calls: readonly string[];
  /** By file name. */
  texts: Readonly<Record<string, string>>;
}>;

type Body = Readonly<{
  body?: string;
  content?: string;
  name?: string;
  status?: string;
  conclusion?: string;
  output?: Readonly<{ title: string; summary: string }>;
  actions?: readonly Readonly<{ label: string }>[];
  permissions?: Readonly<Record<string, string>>;
}>;

/**
 * Puts the ledger into readable lines. Between two writes the reads are sorted, because some are made at the same
 * moment; the writes keep their order.
 */
export function tellCalls(ledger: readonly LedgerEntry[], plain: Plain): Told {
  const files = createFiles(plain);
  const calls: string[] = [];
  let reads: string[] = [];
  for (const entry of ledger.filter(isTold)) {
    const line = lineOf(entry, { plain, files });
    if (isRead(entry)) {
      reads.push(line);
      continue;
    }
    calls.push(...reads.toSorted(), line);
    reads = [];
  }
  return { calls: [...calls, ...reads.toSorted()], texts: files.all() };
}

/** Who the App itself is, is asked once for all situations. */
function isTold({ principal, method, path }: LedgerEntry): boolean {
  return principal.type !== 'user' && !(method === 'GET' && path === '/app');
}

/** A token changes nothing in a repository. */
function isRead({ method, path }: LedgerEntry): boolean {
  return method === 'GET' || path.endsWith('/access_tokens');
}

type Files = ReturnType<typeof createFiles>;

function createFiles(plain: Plain) {
  const names = new Map<string, string>();
  const texts = new Map<string, string>();
  return {
    keep: (key: string, { kind, text }: Readonly<{ kind: string; text: string }>): string => {
      const same = [...names.values()].filter((name) => name.replace(/-\d+$/, '') === kind).length;
      const name = names.get(key) ?? (same === 0 ? kind : `${kind}-${same + 1}`);
      names.set(key, name);
      texts.set(`${name}.md`, `${plain(text).trimEnd()}\n`);
      return `${name}.md`;
    },
    all: () => Object.fromEntries(texts),
  };
}

function lineOf(
  { method, path, status, body }: LedgerEntry,
  { plain, files }: Readonly<{ plain: Plain; files: Files }>,
): string {
  const sent = essence(body ?? {}, { path, files });
  // Whether an answer was remembered depends on the second in which it was asked before.
  const fine = status < 300 || status === 304;
  const answer = status === 0 ? ' → cut off' : fine ? '' : ` → ${status}`;
  return plain(`${method} ${path}${sent === '' ? '' : `: ${sent}`}${answer}`);
}

/** What of a body makes the difference. */
function essence(body: Body, { path, files }: Readonly<{ path: string; files: Files }>): string {
  const { output, actions, permissions } = body;
  if (body.content !== undefined) return body.content;
  if (permissions)
    return Object.entries(permissions)
      .map(([name, level]) => `${name} ${level}`)
      .join(', ');
  if (body.body !== undefined) {
    const { kind, id } = markerIn(body.body) ?? { kind: 'text', id: path };
    return files.keep(`${kind} ${id}`, { kind, text: body.body });
  }
  const parts = [
    body.name,
    output &&
      files.keep('check', { kind: 'check-run', text: `# ${output.title}\n\n${output.summary}` }),
    body.status && `${body.status} ${body.conclusion ?? ''}`.trim(),
    actions && `buttons: ${actions.map(({ label }) => label).join(' | ')}`,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}
