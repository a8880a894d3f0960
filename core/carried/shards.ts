/** A piece of a secret this long is no chance, wherever it stands. */
const length = 12;
/** Every fifth place of a text is looked at, so that a piece of sixteen characters is always met. */
const stride = 5;

/** Pieces of secrets, by which a secret is known that was cut up. */
export type Shards = Readonly<{
  add: (value: string) => void;
  /** True when the text holds sixteen letters and digits of a secret in a row, whatever stands between them. */
  foundIn: (text: string) => boolean;
}>;

/** Returns an empty collection. Values that people can have chosen, and the parts that many secrets share, are left out. */
export function createShards(): Shards {
  const known = new Set<string>();
  return {
    add: (value) => {
      const own = ownPart(value);
      if (!isRandom(own)) return;
      for (const form of formsOf(own)) {
        const text = squeezed(form);
        for (let at = 0; at + length <= text.length; at += 1)
          known.add(text.slice(at, at + length));
      }
    },
    foundIn: (text) => {
      if (known.size === 0) return false;
      const whole = squeezed(text);
      for (let at = 0; at + length <= whole.length; at += stride)
        if (known.has(whole.slice(at, at + length))) return true;
      return false;
    },
  };
}

/** Of a token with a JWT its signature, of a key what comes after its first line: the rest says only what it is. */
function ownPart(value: string): string {
  const key = /-----BEGIN [^-]*-----\s*\S+\s+([\s\S]*?)-----END/.exec(value)?.[1];
  if (key !== undefined) return key;
  const jwt = /eyJ[\w-]*\.[\w-]+\.([\w-]+)/.exec(value)?.[1];
  return jwt ?? value.replace(/^(?:sk-ant-[a-z0-9]+-|gh[a-z]_|github_pat_)/, '');
}

function isRandom(text: string): boolean {
  const plain = squeezed(text);
  return plain.length >= 16 && /\d/.test(plain) && /[a-z]/.test(plain) && new Set(plain).size >= 10;
}

function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return encoded.slice(
      Math.ceil((offset * 8) / 6),
      Math.floor(((offset + bytes.length) * 8) / 6),
    );
  });
  const forms = [value, ...base64, bytes.toString('hex'), rotated(value)];
  return [...forms, ...forms.map((form) => Array.from(form).toReversed().join(''))];
}

function rotated(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const first = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
}

function squeezed(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]+/g, '').toLowerCase();
}
