import type { Service } from '../call.ts';
import { anthropicFaults, silent } from './anthropic.ts';
import { dynamodbFaults, ecsFaults, s3Faults, sqsFaults } from './aws.ts';
import { brokerFaults } from './broker.ts';
import type { Fault, FaultCall } from './fault.ts';
import { gitFaults, githubFaults } from './github.ts';
import { httpFaults, networkFaults } from './network.ts';

const own: Readonly<Record<Service, readonly Fault[]>> = {
  dynamodb: dynamodbFaults,
  sqs: sqsFaults,
  s3: s3Faults,
  ecs: ecsFaults,
  github: githubFaults,
  git: gitFaults,
  anthropic: [...anthropicFaults, silent],
  broker: brokerFaults,
};

/** Every fault that can happen to a call, the ones of the network first. Their names are distinct. */
export function faultsOf(call: FaultCall): readonly Fault[] {
  return [...networkFaults, ...httpFaults, ...own[call.service]].filter((fault) =>
    fault.meets(call),
  );
}
