import type { Call } from '../call.ts';
import type { WireAnswer } from './answers.ts';

/** What a fault sees of a call. */
export type FaultCall = Pick<Call, 'service' | 'from' | 'name' | 'request'>;

/** What happens to one call. `reply`, and `cut` before, keep the effect from happening. */
export type Strike =
  | Readonly<{ type: 'cut'; after: boolean }>
  | Readonly<{ type: 'refuse'; ms: number }>
  | Readonly<{ type: 'delay'; ms: number }>
  | Readonly<{ type: 'reply'; answer: WireAnswer }>
  | Readonly<{ type: 'change'; answer: (upstream: WireAnswer) => WireAnswer }>;

/**
 * One thing that goes wrong, in the service's own wire format.
 * `passing`: the service is well again afterwards, so that one strike must not change how a job ends.
 * `final`: the service's last word on this call; the job may end otherwise, but visibly and with its cause.
 */
export type Fault = Readonly<{
  name: string;
  kind: 'passing' | 'final';
  /** True when the product has to wait for long by the service's own rules. */
  slow?: true;
  /** Whether a call can meet it. */
  meets: (call: FaultCall) => boolean;
  /** From the first strike on, all calls of the side to this service are struck for so long, in ms. */
  lastsMs?: number;
  /** A fresh one for each case. */
  begin: () => Play;
}>;

/** A fault at work in one case. */
export type Play = Readonly<{
  strike: (call: FaultCall) => Strike;
  /** Sees each call that is not struck and meets the fault. */
  watch?: (call: FaultCall) => Strike | undefined;
}>;

type Plain = Readonly<{
  name: string;
  kind?: Fault['kind'];
  slow?: true;
  lastsMs?: number;
  meets?: Fault['meets'];
}>;

/** A fault without a memory. It is passing and meets every call unless it says otherwise. */
export function fault(plain: Plain, strike: (call: FaultCall) => Strike): Fault {
  return { kind: 'passing', meets: () => true, ...plain, begin: () => ({ strike }) };
}

/** A fault that answers in place of the service. */
export function answering(plain: Plain, answer: (call: FaultCall) => WireAnswer): Fault {
  return fault(plain, (call) => ({ type: 'reply', answer: answer(call) }));
}

/** A fault that changes the true answer, after the effect. */
export function changing(plain: Plain, answer: (upstream: WireAnswer) => WireAnswer): Fault {
  return fault(plain, () => ({ type: 'change', answer }));
}
