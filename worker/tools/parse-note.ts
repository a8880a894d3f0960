import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';
import { parseDocument } from 'yaml';

// The YAML parser needs minutes for a large map, and a hint is not worth a wait.
const MAX_CHECKED = 200_000;

/**
 * One line when a text that parsed before does not parse any more, judged by the file's extension (JSON, YAML,
 * TypeScript); undefined otherwise, and for texts over 200,000 characters. A hint for the model: it never blocks a change.
 */
export function parseNote(name: string, before: string | undefined, after: string) {
  const parse = parserFor(name);
  if (!parse || after.length > MAX_CHECKED || (before ?? '').length > MAX_CHECKED) return undefined;
  const problem = parse(after);
  if (problem === undefined) return undefined;
  if (before !== undefined && parse(before) !== undefined) return undefined;
  return `[note: the file does not parse now: ${problem}]`;
}

type Parse = (text: string) => string | undefined;

function parserFor(name: string): Parse | undefined {
  switch (extname(name).toLowerCase()) {
    case '.json':
      return parseJson;
    case '.yaml':
    case '.yml':
      return (text) => firstLine(parseDocument(text).errors[0]?.message);
    case '.ts':
    case '.mts':
    case '.cts':
      return parseTypeScript;
    default:
      return undefined;
  }
}

function parseJson(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? firstLine(error.message) : undefined;
  }
}

function parseTypeScript(text: string): string | undefined {
  try {
    stripTypeScriptTypes(text);
    return undefined;
  } catch (error) {
    const invalid =
      error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_TYPESCRIPT_SYNTAX';
    return invalid ? firstLine(error.message) : undefined;
  }
}

function firstLine(message: string | undefined): string | undefined {
  return message?.split('\n')[0]?.trim().slice(0, 200);
}
