import { extname } from 'node:path';

const MAX_SYMBOLS = 58;
const MAX_LINE = 160;

const CODE =
  /^(?:(?:export|default|declare|abstract|async)\s+)*(?:function|class|interface|type|enum|namespace)\b|^export\s+(?:const|let|var|default)\b|^(?:const|let|var)\s+[\w$]+\s*=\s*(?:async\s*)?(?:\(|function\b)/;
const CURLY =
  /^(?:(?:public|protected|private|internal|open|sealed|abstract|final|static|data|partial|override|suspend)\s+)*(?:class|interface|enum|record|object|struct|trait|extension|protocol|fun|func|function|namespace)\b/;
const C =
  /^(?:(?:struct|class|enum|union|namespace|typedef|template)\b|#define\s|[A-Za-z_][\w:<>,*&\s~]{0,100}\()/;
const SHELL = /^(?:function\s+[\w-]+|[\w-]+\s*\(\))/;

// What stands at the beginning of a line that opens something at the top level, by the file's extension.
const PATTERNS: readonly Readonly<{ extensions: readonly string[]; pattern: RegExp }>[] = [
  { extensions: ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'], pattern: CODE },
  { extensions: ['.py', '.pyi'], pattern: /^(?:async\s+def|def|class)\s/ },
  { extensions: ['.go'], pattern: /^(?:func|type)\s/ },
  {
    extensions: ['.rs'],
    pattern:
      /^(?:pub(?:\([^)]{0,40}\))?\s+)?(?:async\s+|unsafe\s+|const\s+)*(?:fn|struct|enum|trait|impl|mod|macro_rules!|union)\b/,
  },
  { extensions: ['.rb'], pattern: /^(?:class|module|def)\s/ },
  { extensions: ['.java', '.kt', '.kts', '.cs', '.swift', '.scala', '.php'], pattern: CURLY },
  { extensions: ['.c', '.h', '.cc', '.cpp', '.cxx', '.hpp', '.m', '.mm'], pattern: C },
  { extensions: ['.sh', '.bash', '.zsh'], pattern: SHELL },
  { extensions: ['.md', '.markdown'], pattern: /^#{1,3}\s/ },
  { extensions: ['.sql'], pattern: /^create\s/i },
];

/**
 * The top-level symbols of a long file, at most 60 lines, found by how lines begin in the language that the extension
 * stands for. Of too many symbols some are shown, evenly spread. Empty for other files and for none.
 */
export function outlineOf(name: string, text: string): string[] {
  const extension = extname(name).toLowerCase();
  const pattern = PATTERNS.find(({ extensions }) => extensions.includes(extension))?.pattern;
  if (!pattern) return [];
  const symbols = text
    .split('\n')
    .map((line, index) => ({ line: line.slice(0, MAX_LINE).trimEnd(), number: index + 1 }))
    .filter(({ line }) => pattern.test(line));
  if (symbols.length === 0) return [];
  const shown = spread(symbols, MAX_SYMBOLS);
  const some = shown.length < symbols.length;
  return [
    '[outline: top-level symbols with their lines]',
    ...shown.map(({ line, number }) => `${number}: ${line}`),
    ...(some ? [`[${shown.length} of ${symbols.length} symbols; find others with grep]`] : []),
  ];
}

function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const chosen = Array.from({ length: most }, (_, index) =>
    Math.floor((index * items.length) / most),
  );
  return items.filter((_, index) => chosen.includes(index));
}
