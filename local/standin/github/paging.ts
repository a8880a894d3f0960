import type { Answer, Call } from './route.ts';

/** One page of a list: 30 items unless `per_page` says otherwise, at most 100, with GitHub's Link header. */
export function page<T>(
  call: Call,
  items: readonly T[],
): { items: readonly T[]; headers: Record<string, string> } {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const last = Math.max(1, Math.ceil(items.length / size));
  const current = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  const links = [
    ...(current > 1 ? [link(call, Math.min(current - 1, last), 'prev')] : []),
    ...(current < last ? [link(call, current + 1, 'next'), link(call, last, 'last')] : []),
    ...(current > 1 ? [link(call, 1, 'first')] : []),
  ];
  return {
    items: items.slice((current - 1) * size, current * size),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

/** An answer with one page of a list; `shape` renders each item of that page only. */
export async function listAnswer<T>(
  call: Call,
  items: readonly T[],
  shape: (item: T) => unknown,
): Promise<Answer> {
  const { items: shown, headers } = page(call, items);
  return { status: 200, body: await Promise.all(shown.map(shape)), headers };
}

/** The same for lists that stand inside an object beside their `total_count`. */
export async function countedAnswer<T>(
  call: Call,
  list: Readonly<{ name: string; items: readonly T[] }>,
  shape: (item: T) => unknown,
): Promise<Answer> {
  const { items: shown, headers } = page(call, list.items);
  const body = {
    total_count: list.items.length,
    [list.name]: await Promise.all(shown.map(shape)),
  };
  return { status: 200, body, headers };
}

function link(call: Call, page: number, rel: string): string {
  const url = new URL(call.url);
  url.searchParams.set('page', String(page));
  return `<${url.href}>; rel="${rel}"`;
}
