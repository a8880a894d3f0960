import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';

// The YAML parser needs minutes for a large map, and a hint is not worth a wait.
const MAX_CHECKED = 200_000;

/**
 * One line when a text that parsed before does not parse any more, judged by the file's extension (JSON, YAML,
 * TypeScript); undefined otherwise, and for texts over 200,000 characters. A hint for the model: it never blocks a change.
 */
export async function parseNote(
  name: string,
  before: string | undefined,
  after: string,
): Promise<string | undefined> {
  if (after.length > MAX_CHECKED || (before ?? '').length > MAX_CHECKED) return undefined;
  const parse = await parserFor(name);
  if (!parse) return undefined;
  const problem = parse(after);
  if (problem === undefined) return undefined;
  if (before !== undefined && parse(before) !== undefined) return undefined;
  return `[note: the file does not parse now: ${problem}]`;
}

type Parse = (text: string) => string | undefined;

async function parserFor(name: string): Promise<Parse | undefined> {
  switch (extname(name).toLowerCase()) {
    case '.json':
      return parseJson;
    case '.yaml':
    case '.yml':
      return yamlParser();
    case '.ts':
    case '.mts':
    case '.cts':
      return parseTypeScript;
    default:
      return undefined;
  }
}

/** Loaded when a YAML file is changed: few jobs need it, and each start of the executor would pay for it. */
async function yamlParser(): Promise<Parse> {
  const { parseDocument } = await import('yaml');
  return (text) => firstLine(parseDocument(text).errors[0]?.message);
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
