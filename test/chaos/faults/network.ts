import { cutShort, htmlAnswer, truncated } from './answers.ts';
import { type Fault, type FaultCall, answering, changing, fault } from './fault.ts';

/** Longer than a client is patient, in ms. The call itself happens then: late, when nobody waits for it. */
const patienceMs: Readonly<Record<FaultCall['service'], number>> = {
  dynamodb: 10_500,
  ecs: 10_500,
  sqs: 30_500,
  s3: 60_500,
  github: 31_000,
  git: 31_000,
  anthropic: 16_000,
  broker: 30_500,
};

/** What can happen on the way to every service. */
export const networkFaults: readonly Fault[] = [
  fault({ name: 'refused' }, () => ({ type: 'refuse', ms: 700 })),
  fault({ name: 'reset before' }, () => ({ type: 'cut', after: false })),
  fault({ name: 'answer lost' }, () => ({ type: 'cut', after: true })),
  fault({ name: 'latency' }, () => ({ type: 'delay', ms: 1_200 })),
  fault({ name: 'timeout', slow: true }, ({ service }) => ({
    type: 'delay',
    ms: patienceMs[service],
  })),
];

const hasBody = ({ request }: FaultCall) => request.method !== 'HEAD';

/** What a front of a service over HTTP can say, whatever stands behind it. */
export const httpFaults: readonly Fault[] = [
  answering({ name: '500 html' }, () => htmlAnswer(500)),
  answering({ name: '502 html' }, () => htmlAnswer(502)),
  fault({ name: '502 html after the effect' }, () => ({
    type: 'change',
    answer: () => htmlAnswer(502),
  })),
  changing({ name: 'truncated body', meets: hasBody }, truncated),
  changing({ name: 'body shorter than its length', meets: hasBody }, cutShort),
];
