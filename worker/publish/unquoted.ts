const letters: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
};

/**
 * Returns a name as it is out of the form in which git writes odd ones: in quotes, with escapes and octal bytes. A name
 * without quotes comes back unchanged. Source: git-config, `core.quotePath`.
 */
export function unquoted(name: string): string {
  if (!/^".*"$/s.test(name)) return name;
  const parts = name.slice(1, -1).split(/(\\(?:[0-7]{3}|.))/s);
  return Buffer.concat(parts.map((part) => bytesOf(part))).toString('utf8');
}

function bytesOf(part: string): Buffer {
  if (!part.startsWith('\\')) return Buffer.from(part);
  const char = part.slice(1);
  if (char.length === 3) return Buffer.from([Number.parseInt(char, 8) & 0xff]);
  const code = letters[char];
  return code === undefined ? Buffer.from(char) : Buffer.from([code]);
}
