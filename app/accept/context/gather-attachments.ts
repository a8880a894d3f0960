import { isUtf8 } from 'node:buffer';
import { attachedImage } from '../../../core/attached-image.ts';
import type { Bucket } from '../../../core/bucket.ts';
import type {
  Attachment,
  From,
  GatheredContext,
  NotFetched,
} from '../../../core/gathered-context.ts';
import type { AttachmentHosts } from '../../../core/github/attachment-hosts.ts';
import { type AttachmentLink, attachmentLinks } from './attachment-links.ts';
import { fetchAttachment } from './fetch-attachment.ts';

/** A text whose attachments are wanted, as GitHub rendered it now. */
export type RenderedText = Readonly<{
  from: From;
  html: string;
  /** True when it is not what stood there when the command was written: then nothing of it is taken. */
  edited: boolean;
}>;

type Attachments = Pick<GatheredContext, 'attachments' | 'missing'>;
type Deps = Readonly<{ bucket: Bucket; hosts: AttachmentHosts }>;
type Wanted = AttachmentLink & Readonly<{ from: From; edited: boolean }>;

const max = {
  links: 16,
  images: 8,
  imageBytes: 3 * 1024 * 1024,
  /** Of all images: the model is sent them with every call, in base64. */
  allImageBytes: 10 * 1024 * 1024,
  texts: 6,
  textBytes: 200_000,
  missing: 20,
  /** Loaded at the same moment. */
  atOnce: 4,
  /** Of all that is loaded, taken or not: the memory of a function is small. */
  loadedBytes: 24 * 1024 * 1024,
} as const;

const textNames =
  /\.(?:txt|log|out|err|json|jsonl|ndjson|patch|diff|md|csv|tsv|ya?ml|toml|xml|ini|conf|trace)$/i;

/**
 * Loads what is attached to the texts, those of the first texts first, and stores it in the bucket. What is not taken
 * is named with its reason. Throws TransientError when the bucket does not answer.
 */
export async function gatherAttachments(
  deps: Deps,
  texts: readonly RenderedText[],
): Promise<Attachments> {
  const tried = await loadAll(deps, wantedOf(texts, deps.hosts));
  const take = createRoom();
  const attachments: Attachment[] = [];
  const missing: GatheredContext['missing'] = [];
  for (const { wanted, found } of tried) {
    const { name, from } = wanted;
    const reason = found.type === 'missing' ? found.reason : take(found);
    if (found.type !== 'missing' && reason === undefined) {
      const pointer = await deps.bucket.put('attachment', found.bytes);
      attachments.push({ type: found.type, name, from, pointer });
    } else if (reason && missing.length < max.missing) missing.push({ name, from, reason });
  }
  return { attachments, missing };
}

/** A few at the same moment, in their order, as long as there is room. */
async function loadAll(
  deps: Deps,
  all: readonly Wanted[],
): Promise<readonly Readonly<{ wanted: Wanted; found: Loaded | Missing }>[]> {
  const tried: { wanted: Wanted; found: Loaded | Missing }[] = [];
  let room: number = max.loadedBytes;
  for (let first = 0; first < all.length; first += max.atOnce) {
    const full = room < max.atOnce * max.imageBytes;
    const some = await Promise.all(
      all.slice(first, first + max.atOnce).map(async (wanted, index) => ({
        wanted,
        found: full ? missed('too_many') : await load(deps, wanted, first + index),
      })),
    );
    for (const { found } of some) if (found.type !== 'missing') room -= found.bytes.length;
    tried.push(...some);
  }
  return tried;
}

/** Each file once, where it stands first. */
function wantedOf(texts: readonly RenderedText[], hosts: AttachmentHosts): readonly Wanted[] {
  const all = texts.flatMap(({ html, from, edited }) =>
    attachmentLinks(html, hosts).map((link) => ({ ...link, from, edited })),
  );
  const first = new Map<string, Wanted>();
  for (const one of all) {
    const key = one.url.split('?')[0] ?? one.url;
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()];
}

type Loaded = Readonly<{ type: 'image' | 'text'; bytes: Buffer }>;
type Missing = Readonly<{ type: 'missing'; reason: NotFetched }>;

async function load(deps: Deps, wanted: Wanted, index: number): Promise<Loaded | Missing> {
  if (!wanted.known) return missed('other_host');
  if (wanted.edited) return missed('edited');
  if (index >= max.links) return missed('too_many');
  const fetched = await fetchAttachment(wanted.url, { ...deps, maxBytes: max.imageBytes });
  if (fetched.type === 'failed') return missed(fetched.reason);
  const { bytes } = fetched;
  if (!textNames.test(wanted.name)) {
    const image = attachedImage(bytes);
    return typeof image === 'string' ? missed(image) : { type: 'image', bytes };
  }
  if (bytes.length > max.textBytes) return missed('too_large');
  return isUtf8(bytes) && !bytes.includes(0) ? { type: 'text', bytes } : missed('not_text');
}

function missed(reason: NotFetched): Missing {
  return { type: 'missing', reason };
}

/** Returns a function that takes a file in, or says why there is no room for it. */
function createRoom(): (file: Loaded) => NotFetched | undefined {
  const left: Record<'image' | 'text' | 'bytes', number> = {
    image: max.images,
    text: max.texts,
    bytes: max.allImageBytes,
  };
  return ({ type, bytes }) => {
    const weight = type === 'image' ? bytes.length : 0;
    if (left[type] === 0 || left.bytes < weight) return 'too_many';
    left[type] -= 1;
    left.bytes -= weight;
    return undefined;
  };
}
