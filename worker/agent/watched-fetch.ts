/** A fetch for one call that gives up on silence. */
export type WatchedFetch = Readonly<{
  fetch: typeof fetch;
  /** True when the call was ended for silence or for its length. */
  stalled: () => boolean;
  /** Stops the timers; call it when the call has ended. */
  close: () => void;
}>;

/**
 * A fetch that is aborted when no byte arrives for `idleMs`, or when the whole call takes longer than `maxMs`. The
 * SDK's own time-out ends with the headers, so a stream that falls silent would hang for ever.
 */
export function watchFetch(options: Readonly<{ idleMs: number; maxMs: number }>): WatchedFetch {
  const controller = new AbortController();
  const expire = () => controller.abort(new Error('No bytes from the model API in time'));
  const whole = setTimeout(expire, options.maxMs);
  let idle = setTimeout(expire, options.idleMs);
  const touch = () => {
    clearTimeout(idle);
    if (!controller.signal.aborted) idle = setTimeout(expire, options.idleMs);
  };
  const close = () => {
    clearTimeout(whole);
    clearTimeout(idle);
  };

  return {
    stalled: () => controller.signal.aborted,
    close,
    fetch: async (input, init) => {
      const signals = init?.signal ? [init.signal, controller.signal] : [controller.signal];
      const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
      touch();
      if (!response.body) return response;
      const watched = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform: (chunk, sink) => {
            touch();
            sink.enqueue(chunk);
          },
        }),
      );
      return new Response(watched, response);
    },
  };
}
