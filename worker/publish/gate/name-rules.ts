import { visible } from '../../../core/render/hidden.ts';

/** Deeper folders and longer names break tools, and nobody writes them by hand. */
const deepest = 50;
const longestName = 255;

/** A blank Braille pattern, and an emoji's style without an emoji. */
const blank = /\u2800|(?<!\p{Extended_Pictographic})\uFE0F/u;

/** True for a name with characters that nobody sees, that stands for `.git`, or that is too deep or too long. */
export function isOddName(path: string): boolean {
  const parts = path.split('/');
  if (parts.length > deepest || visible(path).removed > 0) return true;
  if (/\p{Cc}/u.test(path) || blank.test(path)) return true;
  return parts.some((part) => Buffer.byteLength(part) > longestName || isGitFolder(part));
}

/** Names that some file system takes for `.git`. Source: git's `core.protectHFS` and `core.protectNTFS`. */
export function isGitFolder(name: string): boolean {
  return /^(?:\.git|git~\d+)[. ]*(?::.*)?$/i.test(name.replaceAll(/\p{Cf}/gu, ''));
}

/** Names of devices, with or without an extension. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\s*[.:].*)?$/i;

/**
 * True for a name that Windows can't hold or takes for another one, or that begins with a space. Source: Microsoft,
 * "Naming Files, Paths, and Namespaces".
 */
export function isUnportable(path: string): boolean {
  return path
    .split('/')
    .some((part) => /^\s|[\s.]$|[<>:"|?*\\]|~\d/.test(part) || device.test(part));
}
