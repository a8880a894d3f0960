import { playedIn } from './defence.ts';

const redactor = 'core/redact.ts';

/** What stands between a secret and the places that nobody looks at first. */
export const redactionDefences = playedIn({ entry: 'output' }, [
  {
    name: 'redact_registered',
    what: 'a value that was registered leaves as it is',
    edits: [
      {
        file: redactor,
        find: '    ...linesOf(value),\n  ];',
        replace: '    ...linesOf(value),\n  ].filter((form) => form !== value);',
      },
    ],
    guard: 'output/summary-key-anthropic-key',
  },
  {
    name: 'redact_base64_offsets',
    what: 'a key leaves in base64 that begins elsewhere',
    edits: [{ file: redactor, find: '[0, 1, 2].flatMap(', replace: '[0].flatMap(' }],
    guard: 'output/thread-key-base64-2',
  },
  {
    name: 'redact_url',
    what: 'a key leaves URL-encoded',
    edits: [{ file: redactor, find: '    ...urlForms(value),\n', replace: '' }],
    guard: 'output/log-key-percent',
  },
  {
    name: 'redact_long_tokens',
    what: 'tokens of the new long kind leave',
    edits: [
      {
        file: 'core/secret-patterns.ts',
        find: '/gh[pousr]_[A-Za-z0-9._-]{36,}/g',
        replace: '/gh[pousr]_[A-Za-z0-9]{36}\\b/g',
      },
      {
        file: 'core/secret-patterns.ts',
        find: "    kind: 'jwt',\n    regex: /",
        replace: "    kind: 'jwt',\n    regex: /(?!)",
      },
    ],
    guard: 'output/log-token',
  },
  {
    name: 'redact_log',
    what: 'the log keeps keys',
    edits: [
      {
        file: 'core/log.ts',
        find: 'out.write(redactLine(withMetrics(line, metrics), clean))',
        replace: 'out.write([withMetrics(line, metrics), redactLine, clean][0] as string)',
      },
    ],
    guard: 'output/log-key-plain',
  },
  {
    name: 'redact_log_errors',
    what: 'the log keeps the headers that hang on errors',
    edits: [
      {
        file: 'core/log.ts',
        find: 'serializers: { err: describeError, error: describeError },',
        replace:
          'serializers: { err: (one: unknown) => Object.assign({}, one, describeError(one)) },',
      },
    ],
    guard: 'output/error-key-plain',
  },
  {
    name: 'redact_thread_tools',
    what: 'the transcript keeps keys that tools have shown',
    edits: [
      {
        file: 'core/redact-event.ts',
        find: 'output: cut(redact(tool.output), OUTPUT_MAX),',
        replace: 'output: cut(tool.output, OUTPUT_MAX),',
      },
    ],
    guard: 'output/thread-key-plain',
  },
  {
    name: 'redact_thread_thoughts',
    what: 'the transcript keeps keys that the model has thought of',
    edits: [
      {
        file: 'core/redact-event.ts',
        find: 'thinking: redact(event.thinking),',
        replace: 'thinking: event.thinking,',
      },
    ],
    guard: 'output/thread-key-plain',
  },
  {
    name: 'redact_calls',
    what: 'a key leaves in a call to GitHub',
    edits: [
      {
        file: 'core/github/redact-body.ts',
        find: "  if (typeof value === 'string') return redact(value);",
        replace: "  if (typeof value === 'string') return value;",
      },
    ],
    guard: 'output/call-key-plain',
  },
]);
