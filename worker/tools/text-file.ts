/** The text of a file with what must come back when it is written: byte order mark and line ends. */
export type TextFile = Readonly<{
  /** Without the byte order mark; line ends are \n when `eol` is \r\n throughout the file. */
  text: string;
  bom: boolean;
  eol: '\n' | '\r\n';
}>;

/** Decodes UTF-8 text. Undefined for binary content and for other encodings. */
export function decodeText(bytes: Buffer): TextFile | undefined {
  if (bytes.includes(0)) return undefined;
  const whole = decodeUtf8(bytes);
  if (whole === undefined) return undefined;
  const bom = whole.startsWith('\uFEFF');
  const text = bom ? whole.slice(1) : whole;
  return isCrlf(text)
    ? { text: text.replaceAll('\r\n', '\n'), bom, eol: '\r\n' }
    : { text, bom, eol: '\n' };
}

/** The bytes of a text, with the byte order mark and the line ends of the file it came from. */
export function encodeText(file: TextFile): Buffer {
  const text = file.eol === '\r\n' ? toCrlf(file.text) : file.text;
  return Buffer.from(file.bom ? `\uFEFF${text}` : text, 'utf8');
}

/** Strict UTF-8; undefined when the bytes are something else. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** True when every line end of the text is \r\n, and there is one. */
export function isCrlf(text: string): boolean {
  return text.includes('\r\n') && !/(?<!\r)\n/.test(text);
}

function toCrlf(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n');
}
