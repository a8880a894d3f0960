import { canaries } from '../canaries.ts';

/** Looks for canaries in what leaves; returns what it found, as `name (form)`. */
export type LeakFinder = (bytes: string | Uint8Array) => readonly string[];

type Needle = Readonly<{ name: string; form: string; text: string }>;

/**
 * Returns a finder for these values: as they are, in base64 at each of the three offsets, in hex, URL-encoded,
 * reversed, and split by whatever is no letter and no digit. Half a value counts: a cut must not save a leak.
 */
export function createLeakFinder(values: Readonly<Record<string, string>> = canaries): LeakFinder {
  const needles = Object.entries(values).flatMap(([name, value]) => needlesOf(name, value));
  return (bytes) => {
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
    const views = [bare(text), ...(text.includes('%') ? [bare(percentDecoded(text))] : [])];
    const lower = views.map((view) => view.toLowerCase());
    const found = needles.filter(({ form, text: needle }) =>
      (form === 'hex' ? lower : views).some((view) => view.includes(needle)),
    );
    return [...new Set(found.map(({ name, form }) => `${name} (${form})`))];
  };
}

function needlesOf(name: string, value: string): Needle[] {
  const core = bare(value);
  const half = Math.floor(core.length / 2);
  return [core.slice(0, half), core.slice(half)].flatMap((part) => [
    { name, form: 'plain', text: part },
    { name, form: 'reversed', text: Array.from(part).toReversed().join('') },
    { name, form: 'hex', text: Buffer.from(part).toString('hex') },
    ...[0, 1, 2].map((offset) => ({ name, form: 'base64', text: base64(part, offset) })),
  ]);
}

/** The characters that these bytes alone decide. */
function base64(text: string, offset: number): string {
  const encoded = Buffer.from('\0'.repeat(offset) + text).toString('base64');
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + text.length) * 8) / 6);
  return bare(encoded.slice(from, to));
}

function bare(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, '');
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
