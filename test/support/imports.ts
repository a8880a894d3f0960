/** What a source file reaches: the modules it names, and whether it reads the environment. */
export type Reach = Readonly<{ modules: readonly string[]; environment: boolean }>;

/** Stands for a dynamic import whose module is computed. */
export const computedModule = '(computed)';

/**
 * Returns what a TypeScript source reaches by static, dynamic, re-exporting and `require` imports, type imports
 * included. Comments and the text of strings are not code. Tolerant: the source need not compile.
 */
export function reachOf(source: string): Reach {
  const { code, strings } = withoutText(source);
  const named = [
    ...code.matchAll(/\bfrom\s*§(\d+)§/g),
    ...code.matchAll(/\bimport\s*§(\d+)§/g),
    ...code.matchAll(/\b(?:import|require)\s*\(\s*§(\d+)§\s*[,)]/g),
  ].map((match) => strings[Number(match[1])] ?? '');
  const computed = [...code.matchAll(/(?<![.\w])(?:import|require)\s*\(\s*(?!§\d+§\s*[,)])/g)];
  return {
    modules: [...named, ...computed.map(() => computedModule)],
    environment: readsEnvironment(code, strings),
  };
}

function readsEnvironment(code: string, strings: readonly string[]): boolean {
  const byIndex = [...code.matchAll(/\bprocess\s*(?:\?\.)?\s*\[\s*§(\d+)§/g)];
  const fromProcess = [...code.matchAll(/([^;]*?)\bfrom\s*§(\d+)§/g)];
  return (
    /\bprocess\s*\??\.\s*env\b/.test(code) ||
    /\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b/.test(code) ||
    byIndex.some((match) => strings[Number(match[1])] === 'env') ||
    fromProcess.some(
      (match) =>
        /^(?:node:)?process$/.test(strings[Number(match[2])] ?? '') &&
        /\{[^{}]*\benv\b[^{}]*\}\s*$/.test(match[1] ?? ''),
    )
  );
}

type Blanked = Readonly<{ code: string; strings: readonly string[] }>;

const token =
  /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|`|\/(?![/*])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;

/** Replaces every string by a numbered mark and every comment and regular expression by a space. */
function withoutText(source: string): Blanked {
  const strings: string[] = [];
  let code = '';
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (!match) return { code: code + source.slice(at), strings };
    code += source.slice(at, match.index);
    const text = match[0];
    const end = text === '`' ? endOfTemplate(source, match.index) : match.index + text.length;
    if (text.startsWith('/') && !isText(text, code)) {
      code += '/';
      at = match.index + 1;
      continue;
    }
    code += /^['"`]/.test(text)
      ? `§${strings.push(source.slice(match.index + 1, end - 1)) - 1}§`
      : ' ';
    at = end;
  }
}

/** A comment always; a regular expression only where a value may start, else the slash divides. */
function isText(text: string, before: string): boolean {
  if (/^\/[/*]/.test(text)) return true;
  return /(?:^|[=(,:;![{}&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|void|delete|throw|yield|await))\s*$/.test(
    before,
  );
}

/** The index after a template; what its `${}` hold counts as its text. */
function endOfTemplate(source: string, start: number): number {
  const open: ('`' | '{')[] = ['`'];
  let at = start + 1;
  while (open.length > 0 && at < source.length) {
    const char = source[at];
    const inText = open.at(-1) === '`';
    if (char === '\\') at += 1;
    else if (inText && char === '$' && source[at + 1] === '{') {
      open.push('{');
      at += 1;
    } else if (char === '`') {
      if (inText) open.pop();
      else open.push('`');
    } else if (!inText && char === '{') open.push('{');
    else if (!inText && char === '}') open.pop();
    at += 1;
  }
  return at;
}
