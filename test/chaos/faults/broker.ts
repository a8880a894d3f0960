import { jsonAnswer } from './answers.ts';
import { type Fault, type FaultCall, answering } from './fault.ts';

const isBroker = ({ service }: FaultCall) => service === 'broker';

/** What stands before the broker on AWS (a Lambda function URL behind IAM) can say, and what it says itself. */
export const brokerFaults: readonly Fault[] = [
  answering({ name: '502 of the runtime', meets: isBroker }, () =>
    jsonAnswer(502, { message: 'Internal Server Error' }),
  ),
  answering({ name: '504 of the runtime', meets: isBroker }, () =>
    jsonAnswer(504, { message: 'Endpoint request timed out' }),
  ),
  answering({ name: '429 of the runtime', meets: isBroker }, () =>
    jsonAnswer(429, {
      Reason: 'ConcurrentInvocationLimitExceeded',
      Type: 'User',
      message: 'Rate Exceeded.',
    }),
  ),
  answering({ name: '403 of IAM', meets: isBroker }, () =>
    jsonAnswer(403, { Message: 'Forbidden' }),
  ),
  answering({ name: 'refused for now', meets: isBroker }, () =>
    jsonAnswer(200, {
      type: 'refused',
      code: 'github_unavailable',
      sentence: 'GitHub did not answer as it should.',
      transient: true,
      retry_after_ms: 500,
    }),
  ),
  answering({ name: 'refused for good', kind: 'final', meets: isBroker }, () =>
    jsonAnswer(200, {
      type: 'refused',
      code: 'permission_lost',
      sentence: 'requester does not have write permission any more.',
      next: 'Ask someone with write permission to write the prompt again.',
      transient: false,
    }),
  ),
];
