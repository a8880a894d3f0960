import { expect, test } from 'vitest';
import { readSubcommand } from '../../../core/command/subcommand.ts';
import { CallFailureClass } from '../../../core/journal.ts';
import { CauseCode } from '../../../core/cause.ts';
import {
  contextCause,
  failureCause,
  limitCause,
  noAnswerCause,
  refusalCause,
  unknownStopCause,
} from '../../../worker/agent/causes.ts';

const usage = {
  input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  output_tokens: 0,
};

const failed = CallFailureClass.options.map((error) =>
  failureCause({
    type: 'call_failed',
    seq: 1,
    at: 0,
    attempt: 1,
    turn: 1,
    try: 1,
    error,
    detail: 'x',
    usage,
    cost_micro_usd: 0,
  }),
);
const causes = [
  ...failed,
  ...CauseCode.options.map((code) => limitCause(code)),
  contextCause(),
  noAnswerCause(),
  refusalCause('cyber'),
  unknownStopCause('other'),
];

test('every next step names only commands and options that exist', () => {
  for (const { next = '' } of causes) {
    expect(next).not.toBe('');
    for (const [, words = ''] of next.matchAll(/`\/cody([^`]*)`/g)) {
      // Alone it stands for a prompt.
      if (words === '') continue;
      expect(readSubcommand(words)?.type).toBe(words.trim());
    }
    for (const option of next.match(/--[a-z-]+/g) ?? []) {
      expect(['--budget', '--model']).toContain(option);
    }
  }
});
